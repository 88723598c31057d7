import { useEffect, useRef } from "react";
import { Link } from "wouter";
import type { AlarmRow } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { useTexts } from "../i18n/texts";
import { pathOf, signOf } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { clock, zone } from "../lib/time";
import { Actions, type AlarmActs } from "./actions";
import { AlarmHead } from "./head";
import { History, Links, Pairs } from "./parts";
import { TimelineList } from "./timeline";
import { type Alarm, useAlarm } from "./use-alarm";

const DAY = 24 * 3_600_000;
const scrolls = new Map<string, number>();

export interface PaneProps {
  cluster: string;
  fingerprint: string;
  row: AlarmRow | undefined;
  index: number;
  total: number;
  acts: AlarmActs;
  onMove: (step: number) => void;
  onClose: () => void;
}

function Body({ row, alarm, acts }: { row: AlarmRow; alarm: Alarm; acts: AlarmActs }) {
  const t = useTexts();
  const now = useNow();
  const { detail, timeline } = alarm;
  const from = now - DAY;
  const recent = detail?.episodes.filter((one) => (one.end_ms || now) > from) ?? [];
  return (
    <>
      <AlarmHead row={row} sentence={detail?.sentence ?? null} />
      <Actions row={row} acts={acts} />
      {timeline && (
        <section>
          <h2 className="h">
            <span>{t.timeline}</span>
            <span className="plain">{zone(now)}</span>
          </h2>
          <TimelineList timeline={timeline} sign={signOf(row) as IconName} />
        </section>
      )}
      {detail && (
        <>
          <section>
            <h2 className="h">
              <span>{t.last24h}</span>
              <span className="plain">{t.episodes(recent.length)}</span>
            </h2>
            <History episodes={detail.episodes} from={from} to={now} count={48} />
            <p className="axis">
              <span>{t.yesterday(clock(now, true))}</span>
              <span>{t.now}</span>
            </p>
          </section>
          <Links detail={detail} />
        </>
      )}
      <Pairs title={t.labels} pairs={row.labels} />
      {detail && <Pairs title={t.annotations} pairs={detail.annotations} />}
    </>
  );
}

/** An alarm beside the list; it keeps its scroll per alarm. */
export function Pane({ cluster, fingerprint, row: listed, index, total, acts, onMove, onClose }: PaneProps) {
  const t = useTexts();
  const alarm = useAlarm(cluster, fingerprint);
  const body = useRef<HTMLDivElement>(null);
  const key = `${cluster}/${fingerprint}`;
  const row = listed ?? alarm.detail?.row;
  const there = Boolean(alarm.timeline);
  useEffect(() => {
    if (body.current && there) body.current.scrollTop = scrolls.get(key) ?? 0;
  }, [key, there]);
  return (
    <aside className="pane" aria-label={t.alarms}>
      <header className="pane-bar">
        <span>{index >= 0 ? t.position(index + 1, total) : ""}</span>
        <span className="end">
          <button type="button" className="btn icon" title="[" aria-label={t.previousAlarm} onClick={() => onMove(-1)}>
            <Icon name="up" />
          </button>
          <button
            type="button"
            className="btn icon turned"
            title="]"
            aria-label={t.nextAlarm}
            onClick={() => onMove(1)}
          >
            <Icon name="up" />
          </button>
          <Link className="btn icon" href={pathOf({ cluster, fingerprint })} title="Enter" aria-label={t.openPage}>
            <Icon name="expand" />
          </Link>
          <button type="button" className="btn icon" title="Esc" aria-label={t.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </span>
      </header>
      <div
        className="pane-body"
        ref={body}
        tabIndex={0}
        role="region"
        aria-label={row?.message ?? t.alarms}
        onScroll={(event) => scrolls.set(key, event.currentTarget.scrollTop)}
      >
        {row ? <Body key={key} row={row} alarm={alarm} acts={acts} /> : alarm.missing ? <Missing /> : null}
      </div>
    </aside>
  );
}

export function Missing() {
  const t = useTexts();
  return (
    <div className="empty">
      <b>{t.alarmGone}</b>
      <p className="muted">{t.alarmGoneHelp}</p>
    </div>
  );
}
