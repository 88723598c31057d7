import type { CSSProperties } from "react";
import { Link } from "wouter";
import type { AlarmRow, ClusterChip, Group } from "../api/schema";
import { Icon } from "../components/icon";
import { Sign } from "../components/sign";
import { ChipMark } from "../components/where";
import { useTexts } from "../i18n/texts";
import { languageOf, pathOf, severitySign, signOf } from "../lib/alarms";
import { ago, clock } from "../lib/time";
import { Bars } from "./bars";

interface Shared {
  line: string;
  stop: boolean;
  now: number;
  chips: ReadonlyMap<string, ClusterChip>;
}

/** Column heads: a group's figures do not say themselves what they are. */
export function GroupHead() {
  const t = useTexts();
  return (
    <div className="row grp th" role="row">
      <span role="columnheader">
        <span className="sr">{t.group}</span>
      </span>
      <span role="columnheader">
        <span className="sr">{t.columnState}</span>
      </span>
      <span role="columnheader">
        <span className="sr">{t.statAlarm}</span>
      </span>
      <span role="columnheader">
        <span className="sr">{t.clusters}</span>
      </span>
      <span role="columnheader">{t.minutes(12)}</span>
      <span role="columnheader" aria-hidden="true" />
      <span role="columnheader" className="n">
        {t.groupCount}
      </span>
      <span role="columnheader" className="from">
        {t.groupFirst}
      </span>
      <span role="columnheader" className="age">
        {t.groupLast}
      </span>
    </div>
  );
}

/** A group: its worst severity, name, clusters, minutes, share and count. */
export function GroupRow({
  line,
  stop,
  now,
  chips,
  group,
  open,
  most,
  onToggle,
}: Shared & { group: Group; open: boolean; most: number; onToggle: () => void }) {
  const t = useTexts();
  const [name = "", ...rest] = Object.values(group.key);
  const title = name || group.message;
  const marks = group.clusters.map((id) => chips.get(id)).filter((chip) => chip !== undefined);
  return (
    <div
      className={`row grp ${group.severity.toLowerCase()}${open ? " isopen" : ""}`}
      role="row"
      aria-level={1}
      aria-expanded={open}
      tabIndex={stop ? 0 : -1}
      data-line={line}
      onClick={onToggle}
    >
      <span className="tw" role="gridcell">
        <Icon name="right" />
      </span>
      <span role="gridcell" className="sign-cell">
        <Sign name={severitySign(group.severity)} />
      </span>
      <span className="msg" role="gridcell">
        <span className="m">
          <b>{title}</b>
        </span>
        <span className="in">{rest.filter(Boolean).join(" ")}</span>
      </span>
      <span className="where" role="gridcell">
        {marks.slice(0, 3).map((chip) => (
          <ChipMark key={chip.id} chip={chip} />
        ))}
        <span>{marks.map((chip) => chip.name).join(" ")}</span>
      </span>
      <span role="gridcell" className="spark-cell">
        <Bars className="spark" values={group.spark} width={84} height={20} />
      </span>
      <span
        className="share"
        role="gridcell"
        style={{ "--v": `${Math.max(0.6, (group.count / most) * 100)}%` } as CSSProperties}
      >
        <i />
      </span>
      <span className="n" role="gridcell">
        {t.number(group.count)}
      </span>
      <span className="from" role="gridcell">
        {clock(group.start_ms)}
      </span>
      <span className="age" role="gridcell">
        {ago(now - group.changed_ms, t)}
      </span>
    </div>
  );
}

/** One of the first alarms of an open group. */
export function KidRow({ line, stop, chips, row, first }: Shared & { row: AlarmRow; first: boolean }) {
  const t = useTexts();
  const chip = chips.get(row.cluster);
  const label = Object.entries(row.labels).find(
    ([name]) => !["alertname", "namespace", "env", "severity"].includes(name),
  );
  return (
    <div
      className={`row kid ${row.severity.toLowerCase()}${row.seen ? "" : " unseen"}`}
      role="row"
      aria-level={2}
      tabIndex={stop ? 0 : -1}
      data-line={line}
    >
      <span className="tw" role="gridcell" />
      <span role="gridcell" className="sign-cell">
        <Sign name={signOf(row)} />
      </span>
      <span className="msg" role="gridcell">
        <Link href={pathOf(row)} tabIndex={-1} lang={languageOf(row.message)}>
          {row.message}
        </Link>
        {first && (
          <span className="flag">
            <Icon name="first" />
            <span>{t.stormFirstFlag}</span>
          </span>
        )}
      </span>
      <span className="where" role="gridcell">
        <ChipMark chip={chip} />
        <span>{chip?.name ?? row.cluster}</span>
      </span>
      <span className="lab2" role="gridcell">
        {label ? label.join("=") : ""}
      </span>
      <span role="gridcell" />
      <span className="n" role="gridcell" />
      <span className="from" role="gridcell">
        {clock(row.start_ms)}
      </span>
      <span className="age" role="gridcell" />
    </div>
  );
}

/** The way to all alarms of a group; says what they share. */
export function MoreRow({
  line,
  stop,
  count,
  kids,
  onOpen,
}: Shared & { count: number; kids: readonly AlarmRow[]; onOpen: () => void }) {
  const t = useTexts();
  const [one, ...others] = kids;
  const shared = Object.entries(one?.labels ?? {}).find(
    ([name, value]) =>
      !["alertname", "namespace", "env", "severity"].includes(name) &&
      others.every((row) => row.labels[name] === value),
  );
  return (
    <div className="row kid more" role="row" aria-level={2} tabIndex={stop ? 0 : -1} data-line={line}>
      <span role="gridcell" />
      <span role="gridcell" />
      <span role="gridcell" className="msg">
        <button type="button" className="link" tabIndex={-1} onClick={onOpen}>
          {t.groupMore(count)}
          {shared && `, ${t.groupShared(shared.join("="))}`}
        </button>
      </span>
    </div>
  );
}
