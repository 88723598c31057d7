import { Link } from "wouter";
import type { ClusterChip, Summary } from "../api/schema";
import { type Texts, useTexts } from "../i18n/texts";
import { SEVERITIES } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { megabytes } from "../lib/figures";
import { span } from "../lib/time";
import { Icon, type IconName } from "./icon";
import { ChipMark } from "./where";

const SIGNS: Partial<Record<ClusterChip["state"], IconName>> = {
  live: "live",
  late: "late",
  silent: "silent",
  ended: "ended",
  unknown: "off",
};

function stateText(chip: ClusterChip, now: number, t: Texts): string {
  if (chip.state === "silent") return t.silentFor(span(now - (chip.heard_ms || chip.silent_ms), t));
  if (chip.state === "late") return t.lateFor(span(now - chip.heard_ms, t));
  if (chip.state === "live" || chip.state === "archived") return "";
  return t[chip.state];
}

/** A cluster of the strip: mark, name, state, firing alarms by severity. */
function Chip({ chip, now, chosen }: { chip: ClusterChip; now: number; chosen: boolean }) {
  const t = useTexts();
  const sign = SIGNS[chip.state] ?? "wait";
  const trouble = chip.state === "silent" || chip.state === "ended";
  const href = trouble ? `/clusters#${chip.id}` : chosen ? "/" : `/?cluster=${encodeURIComponent(chip.id)}`;
  return (
    <Link
      href={href}
      className={`cl is-${chip.state}`}
      aria-current={chosen ? "true" : undefined}
      title={chip.problem?.[t.locale] ?? ""}
    >
      <ChipMark chip={chip} />
      <span className="name">{chip.name}</span>
      <span className="state">
        <Icon name={sign} />
        {stateText(chip, now, t) || <span className="sr">{t.live}</span>}
      </span>
      <span className="counts">
        {trouble ||
          SEVERITIES.filter((severity) => chip.firing[severity] > 0).map((severity) => (
            <span key={severity} className={`c-${severity.toLowerCase()}`}>
              <Icon name={severity.toLowerCase() as IconName} />
              <span className="sr">{t[severity]} </span>
              {t.number(chip.firing[severity])}
            </span>
          ))}
      </span>
    </Link>
  );
}

/** One chip a cluster, silent ones first, and the traffic of today. */
export function Strip({ summary, chosen = [] }: { summary: Summary; chosen?: readonly string[] }) {
  const t = useTexts();
  const now = useNow();
  const { today_bytes: today, budget_bytes: budget } = summary;
  return (
    <nav className="strip" aria-label={t.clusters}>
      {summary.clusters
        .filter((chip) => chip.state !== "archived")
        .map((chip) => (
          <Chip key={chip.id} chip={chip} now={now} chosen={chosen.includes(chip.id)} />
        ))}
      <span className="right">
        <span>{t.todayTraffic}</span> <b>{megabytes(today, 2)}</b>
        {budget > 0 ? ` / ${megabytes(budget)} MB` : " MB"}
        {budget > 0 && (
          <span className="meter" style={{ "--v": `${Math.min(100, (today / budget) * 100)}%` } as React.CSSProperties}>
            <i />
          </span>
        )}
      </span>
    </nav>
  );
}
