import { Link } from "wouter";
import type { AlarmDetail } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { ChipMark } from "../components/where";
import { useTexts } from "../i18n/texts";
import { keyOf, pathOf, severitySign, signOf } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { bytes } from "../lib/figures";
import { ago, moment, precise } from "../lib/time";
import { useSummary } from "../store/summary";

const SHOWN = 6;

/** The times that the alarm fired, newest first. */
export function Episodes({ detail }: { detail: AlarmDetail }) {
  const t = useTexts();
  const now = useNow();
  return (
    <ul className="eps">
      {detail.episodes.slice(0, SHOWN).map((one) => (
        <li key={one.start_ms} className="ep">
          <span className={`c-${severitySign(one.severity)}`}>
            <Icon name={severitySign(one.severity) as IconName} />
            <span className="sr">{t[one.severity]}</span>
          </span>
          <span>{moment(one.start_ms, now, t)}</span>
          <span className="num muted">
            {one.end_ms ? precise(one.end_ms - one.start_ms, t) : t.episodeFiring(precise(now - one.start_ms, t))}
          </span>
        </li>
      ))}
      {detail.episode_count > SHOWN && <li className="ep muted">{t.groupMore(detail.episode_count - SHOWN)}</li>}
    </ul>
  );
}

/** Alarms of the same name in other clusters. */
export function Elsewhere({ detail }: { detail: AlarmDetail }) {
  const t = useTexts();
  const now = useNow();
  const chips = useSummary()?.clusters ?? [];
  if (!detail.elsewhere.length) return null;
  return (
    <section>
      <h2 className="h">{t.elsewhere}</h2>
      <ul className="eps">
        {detail.elsewhere.map((row) => {
          const chip = chips.find((one) => one.id === row.cluster);
          return (
            <li key={keyOf(row)}>
              <Link href={pathOf(row)}>
                <span className={`c-${signOf(row)}`}>
                  <Icon name={signOf(row) as IconName} />
                </span>
                <span className="meta">
                  <ChipMark chip={chip} />
                  {chip?.name ?? row.cluster}
                </span>
                <span className="num muted">{ago(now - row.changed_ms, t)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The last report as it came; data, never markup. */
export function Raw({ detail }: { detail: AlarmDetail }) {
  const t = useTexts();
  return (
    <section>
      <details>
        <summary className="h fold">
          <Icon name="right" />
          <span>{t.raw}</span> <span className="plain">{bytes(detail.raw_bytes)}</span>
        </summary>
        <pre className="raw">{pretty(detail.raw)}</pre>
      </details>
    </section>
  );
}

function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}
