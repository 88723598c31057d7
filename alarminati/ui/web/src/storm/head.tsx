import type { CSSProperties } from "react";
import { useLocation } from "wouter";
import type { ClusterChip, Storm } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { ChipMark } from "../components/where";
import { GROUPING } from "../feed/tabs";
import { useTexts } from "../i18n/texts";
import { useCommands } from "../keys/keyboard";
import { languageOf, pathOf, SEVERITIES } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { percent } from "../lib/figures";
import { clock, span } from "../lib/time";
import type { FeedQuery } from "../store/query";
import { matcher } from "../store/query";
import { Bars } from "./bars";
import "../styles/storm.css";

const MINUTE = 60_000;
/** Labels by which a cause is named, the most telling first. */
const CAUSES = ["rack", "zone", "node", "host", "instance", "namespace", "alertname"];

/** The head of a storm: exact counts, the rate, the alarm that came first, the largest groups. */
export default function StormHead({
  storm,
  chips,
  change,
  grouped,
}: {
  storm: Storm;
  chips: ReadonlyMap<string, ClusterChip>;
  change: (part: Partial<FeedQuery>) => void;
  grouped: boolean;
}) {
  const t = useTexts();
  const now = useNow();
  const over = storm.end_ms > 0;
  const length = span((storm.end_ms || now) - storm.start_ms, t);
  const from = now - storm.rate.length * MINUTE;
  return (
    <section className="storm" aria-label={t.stormTitle}>
      <div className="total">
        <h1>
          <span className="c-critical">
            <Icon name="critical" />
          </span>
          <span>{t.stormTitle}</span>
          <span className="muted">{over ? t.stormOver(length) : t.stormSince(clock(storm.start_ms), length)}</span>
        </h1>
        <p className="fig">
          <b>{t.number(storm.total)}</b>
          <span>{t.stormCount}</span>
        </p>
        <p className="sevs">
          {SEVERITIES.map((severity) => (
            <span key={severity} className={`c-${severity.toLowerCase()}`}>
              <Icon name={severity.toLowerCase() as IconName} />
              <span>{t[severity]}</span> {t.number(storm.severities[severity])}
            </span>
          ))}
        </p>
      </div>
      <figure className="rate">
        <figcaption>
          <b>{t.stormRate(storm.rate.at(-1) ?? 0)}</b>
          <span className="muted">{t.stormPeak(storm.peak, clock(storm.peak_ms, true))}</span>
        </figcaption>
        <Bars
          values={storm.rate}
          width={560}
          height={56}
          label={t.stormRateLabel(clock(from, true), clock(now, true))}
        />
        <p className="axis">
          {[0, 1 / 3, 2 / 3, 1].map((part) => (
            <span key={part}>{clock(from + part * (now - from), true)}</span>
          ))}
        </p>
      </figure>
      <Cause storm={storm} chip={chips.get(storm.first.cluster)} change={change} />
      <Shares storm={storm} change={change} grouped={grouped} />
    </section>
  );
}

function Cause({
  storm,
  chip,
  change,
}: {
  storm: Storm;
  chip: ClusterChip | undefined;
  change: (part: Partial<FeedQuery>) => void;
}) {
  const t = useTexts();
  const [, navigate] = useLocation();
  const { first } = storm;
  const name = CAUSES.find((one) => first.labels[one]);
  const value = name ? (first.labels[name] ?? "") : "";
  const open = () => navigate(pathOf(first));
  useCommands({ open: () => (document.activeElement === document.body ? open() : false) });
  return (
    <div className="cause">
      <p className="h">{t.stormFirst}</p>
      <p className="what" lang={languageOf(first.message)}>
        {first.message}
      </p>
      <p className="meta">
        <ChipMark chip={chip} />
        <span>{chip ? `${chip.project} ${chip.name}`.trim() : first.cluster}</span>
        <span>{clock(first.start_ms)}</span>
        {name && (
          <span>
            {name}={value}
          </span>
        )}
      </p>
      <div className="acts">
        <button type="button" className="btn main" onClick={open}>
          <span>{t.open}</span>
          <span className="kbd" aria-hidden="true">
            ↵
          </span>
        </button>
        {name && (
          <button type="button" className="btn" onClick={() => change({ matchers: [matcher(name, value)], group: [] })}>
            <span>{t.stormOnly(`${name}=${value}`)}</span>
          </button>
        )}
      </div>
    </div>
  );
}

function Shares({
  storm,
  change,
  grouped,
}: {
  storm: Storm;
  change: (part: Partial<FeedQuery>) => void;
  grouped: boolean;
}) {
  const t = useTexts();
  const named = storm.groups.reduce((sum, group) => sum + group.count, 0);
  const rest = Math.max(0, storm.total - named);
  const others = Math.max(0, storm.total_groups - storm.groups.length);
  const parts = [...storm.groups.map((group) => group.count), rest].filter(Boolean);
  return (
    <div className="shares">
      <p className="bar" aria-hidden="true">
        {parts.map((count, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a share is its place
          <i key={index} style={{ flexGrow: count } as CSSProperties} />
        ))}
      </p>
      <ul>
        {storm.groups.map((group) => (
          <li key={group.q}>
            <i />
            <b>{Object.values(group.key)[0]}</b> {t.number(group.count)}{" "}
            <span className="muted">{t.percent(percent(group.count, storm.total))}</span>
          </li>
        ))}
        {rest > 0 && (
          <li>
            <i />
            <span>{t.stormRest(others)}</span> {t.number(rest)}{" "}
            <span className="muted">{t.percent(percent(rest, storm.total))}</span>
          </li>
        )}
        <li className="end muted">
          {t.stormNote}
          {!grouped && (
            <button type="button" className="btn bare" onClick={() => change({ group: GROUPING })}>
              <Icon name="group" />
              <span>{t.group}</span>
            </button>
          )}
        </li>
      </ul>
    </div>
  );
}
