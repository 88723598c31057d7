import { type MouseEvent, memo } from "react";
import type { AlarmRow, ClusterChip } from "../api/schema";
import { type Texts, useTexts } from "../i18n/texts";
import { keyOf, labelsToShow, languageOf, pathOf, shortLabel, signOf } from "../lib/alarms";
import { absolute, ago, coarse } from "../lib/time";
import { Deliveries } from "./deliveries";
import { Icon } from "./icon";
import { Marked } from "./marked";
import { Pending } from "./pending";
import { Sign } from "./sign";
import { Where } from "./where";

export interface RowHandlers {
  open(row: AlarmRow): void;
  check(row: AlarmRow, range: boolean): void;
  filter(name: string, value: string, exclude: boolean): void;
}

export interface RowProps {
  row: AlarmRow;
  index: number;
  now: number;
  chip: ClusterChip | undefined;
  projects: boolean;
  common: ReadonlySet<string>;
  words: string;
  cursor: boolean;
  open: boolean;
  checked: boolean;
  match: boolean;
  on: RowHandlers;
}

/** Say how new an alarm is. */
export function novelty(row: AlarmRow, now: number, t: Texts): string {
  switch (row.novelty) {
    case "new":
      return t.newly;
    case "again":
      return t.again(row.novelty_count);
    case "still":
      return t.still(coarse(now - row.start_ms, t));
    case "resolved":
      return t.resolvedFor(coarse(row.end_ms - row.start_ms, t));
  }
}

/** Say why an alarm is on hold. */
export function holdReason(
  row: Pick<AlarmRow, "done" | "snoozed_until_ms" | "mute">,
  now: number,
  t: Texts,
  until: (ms: number) => string,
): string {
  if (row.done) return t.heldBy.done();
  if (row.snoozed_until_ms > now) return t.heldBy.snooze(until(row.snoozed_until_ms));
  if (!row.mute) return "";
  const { reason, by, until_ms } = row.mute;
  if (reason === "silenced") return t.heldBy.silence(by, until_ms ? until(until_ms) : "");
  if (reason === "inhibited") return t.heldBy.inhibition(by);
  if (reason === "interval") return t.heldBy.interval(by);
  return t.heldBy.flapping();
}

function className(props: RowProps, sign: string): string {
  const { row, open, checked, match, chip } = props;
  const stale = row.kind === "alarm" && chip && (chip.state === "silent" || chip.state === "ended");
  const severity = sign === "silent" ? "critical" : row.severity.toLowerCase();
  return [
    "row",
    severity,
    !row.seen && row.firing && "unseen",
    !row.firing && "done",
    open && "open",
    checked && "checked",
    match && "match",
    stale && "stale",
  ]
    .filter(Boolean)
    .join(" ");
}

function Age({ row, now, chip, t }: { row: AlarmRow; now: number; chip: ClusterChip | undefined; t: Texts }) {
  const stale = row.kind === "alarm" && chip?.state === "silent";
  const at = stale ? chip.heard_ms : row.changed_ms;
  return (
    <span role="gridcell" className="age">
      {stale && <Icon name="silent" />}
      <time dateTime={new Date(at).toISOString()} title={stale ? t.lastHeard(absolute(at, t)) : absolute(at, t)}>
        {ago(now - at, t)}
      </time>
    </span>
  );
}

/** One alarm in the list; the message is a link to its page, the row opens it beside the list. */
export const Row = memo(function Row(props: RowProps) {
  const { row, index, now, chip, on, cursor, checked } = props;
  const t = useTexts();
  const sign = signOf(row);
  const pressed = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.button !== 0) return;
    event.preventDefault();
    if (event.shiftKey) on.check(row, true);
    else on.open(row);
  };
  const label = (name: string, value: string) => (event: MouseEvent) => {
    event.stopPropagation();
    on.filter(name, value, event.altKey);
  };
  return (
    <div
      className={className(props, sign)}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={checked}
      tabIndex={cursor ? 0 : -1}
      data-key={keyOf(row)}
      onClick={pressed}
    >
      <span className="cb" role="gridcell" onClick={(event) => event.stopPropagation()}>
        <input
          className="tick"
          type="checkbox"
          tabIndex={-1}
          aria-label={`${t.select}: ${row.message}`}
          checked={checked}
          onClick={(event) => on.check(row, event.shiftKey)}
          onChange={() => undefined}
        />
      </span>
      <span role="gridcell" className="sign-cell">
        <Sign name={sign} />
      </span>
      <span role="gridcell" className={row.novelty === "new" ? "nov new" : "nov"}>
        {novelty(row, now, t)}
      </span>
      <span role="gridcell" className="msg">
        <a
          href={row.kind === "silent" ? "/clusters" : pathOf(row)}
          tabIndex={-1}
          lang={languageOf(row.message)}
          title={row.message}
        >
          <Marked text={row.message} words={props.words} />
        </a>
        {row.ack && <span className="who">{row.ack.mine ? t.ackMine : t.ackBy(row.ack.by)}</span>}
        <Pending acts={row.acts} />
        {props.match && <span className="hit">{t.alsoMatches}</span>}
        <Held row={row} now={now} t={t} />
        <span className="labels">
          {labelsToShow(row, props.common).map(([name, value]) => (
            <span key={name} className="lab" title={t.addFilter(`${name}=${value}`)} onClick={label(name, value)}>
              {shortLabel(name)}={value}
            </span>
          ))}
        </span>
      </span>
      <Where chip={chip} cluster={row.cluster} project={props.projects ? row.project : ""} />
      <Deliveries states={row.deliveries} />
      <span
        role="gridcell"
        className="cnt"
        title={row.report_count > 1 ? t.reportedTimes(row.report_count) : undefined}
      >
        {row.report_count > 1 ? t.times(row.report_count) : ""}
      </span>
      <Age row={row} now={now} chip={chip} t={t} />
    </div>
  );
});

function Held({ row, now, t }: { row: AlarmRow; now: number; t: Texts }) {
  const clock = new Intl.DateTimeFormat(t.locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const why = row.firing ? holdReason(row, now, t, (ms) => t.until(clock.format(ms))) : "";
  return why ? <span className="held">{why}</span> : null;
}
