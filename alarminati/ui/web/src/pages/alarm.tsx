import { useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { Actions } from "../alarm/actions";
import { AlarmHead } from "../alarm/head";
import { Missing } from "../alarm/pane";
import { History, Links, Pairs } from "../alarm/parts";
import { Elsewhere, Episodes, Raw } from "../alarm/past";
import { type Part, TimelineList } from "../alarm/timeline";
import { useActs } from "../alarm/use-acts";
import { useAlarm } from "../alarm/use-alarm";
import { WhyList } from "../alarm/why";
import type { AlarmDetail, Timeline } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { Key } from "../components/key";
import { type Texts, useTexts } from "../i18n/texts";
import { useCommands } from "../keys/keyboard";
import { signOf } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { zone } from "../lib/time";
import Composer from "../silence/composer";
import { act } from "../store/acts";
import "../styles/alarm.css";

const MONTH = 30 * 86_400_000;
const PARTS = ["all", "deliveries", "people"] as const satisfies readonly Part[];
const PART_TEXTS = { all: "timelineAll", deliveries: "timelineDeliveries", people: "timelinePeople" } as const;

/** One alarm on a page of its own: what happened in one list, what belongs to it beside. */
export default function AlarmPage({ cluster, fingerprint }: { cluster: string; fingerprint: string }) {
  const t = useTexts();
  const [, navigate] = useLocation();
  const { detail, timeline, missing } = useAlarm(cluster, fingerprint);
  const [composing, setComposing] = useState(false);
  const note = useRef<HTMLInputElement>(null);
  const row = detail?.row;
  const targets = () => ({ rows: row ? [row] : [], selection: null, count: row ? 1 : 0 });
  const { acts, dialogs } = useActs(
    targets,
    () => setComposing(true),
    () => undefined,
  );
  acts.note = () => note.current?.focus();
  const back = () => (composing ? setComposing(false) : history.length > 1 ? history.back() : navigate("/"));
  useCommands({
    back,
    acknowledge: acts.acknowledge,
    done: acts.done,
    snooze: () => acts.setSnoozing(true),
    silence: acts.silence,
    note: acts.note,
    resolve: acts.resolve,
    copy: acts.copy,
  });
  if (missing)
    return (
      <div className="page">
        <Missing />
      </div>
    );
  if (composing) {
    return (
      <div className="work with-pane lone">
        <Composer
          targets={targets()}
          onMatches={() => undefined}
          onClose={() => setComposing(false)}
          onSent={() => setComposing(false)}
        />
      </div>
    );
  }
  return (
    <div className="page">
      <div className="page-in">
        <p className="crumb">
          <Link className="back" href="/">
            <Icon name="left" />
            {t.back} <Key command="back" />
          </Link>
        </p>
        {row && detail && (
          <>
            <header className="alarm-head">
              <AlarmHead row={row} sentence={detail.sentence} full />
              <Actions row={row} acts={acts} full />
            </header>
            <div className="two">
              <Story detail={detail} timeline={timeline} note={note} t={t} />
              <Beside detail={detail} cluster={cluster} fingerprint={fingerprint} />
            </div>
          </>
        )}
      </div>
      {dialogs}
    </div>
  );
}

function Story({
  detail,
  timeline,
  note,
  t,
}: {
  detail: AlarmDetail;
  timeline: Timeline | null;
  note: React.RefObject<HTMLInputElement | null>;
  t: Texts;
}) {
  const now = useNow();
  const [part, setPart] = useState<Part>("all");
  if (!timeline) return <section />;
  return (
    <section aria-labelledby="tl">
      <h2 className="h bar" id="tl">
        <span>{t.timeline}</span>
        <span className="seg">
          {PARTS.map((one) => (
            <button key={one} type="button" aria-pressed={part === one} onClick={() => setPart(one)}>
              {t[PART_TEXTS[one]]}
            </button>
          ))}
        </span>
        <span className="muted end">{t.timelineZone(zone(now))}</span>
      </h2>
      <TimelineList timeline={timeline} sign={signOf(detail.row) as IconName} part={part} wide>
        <NoteLine detail={detail} field={note} t={t} />
      </TimelineList>
    </section>
  );
}

function NoteLine({
  detail,
  field,
  t,
}: {
  detail: AlarmDetail;
  field: React.RefObject<HTMLInputElement | null>;
  t: Texts;
}) {
  const [comment, setComment] = useState("");
  const allowed = detail.allowed.includes("note");
  return (
    <li className="ev add">
      <span />
      <span className="dot">
        <Icon name="note" />
      </span>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!comment.trim()) return;
          void act("note", [detail.row], t, { comment: comment.trim() }).then((sent) => sent && setComment(""));
        }}
      >
        <label className="field">
          <input
            ref={field}
            value={comment}
            maxLength={1024}
            disabled={!allowed}
            aria-label={t.note}
            placeholder={allowed ? t.noteHint : t.needsOperator}
            onChange={(event) => setComment(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
          />
          <Key command="note" />
        </label>
      </form>
    </li>
  );
}

function Beside({ detail, cluster, fingerprint }: { detail: AlarmDetail; cluster: string; fingerprint: string }) {
  const t = useTexts();
  const now = useNow();
  const recent = detail.episodes.filter((one) => (one.end_ms || now) > now - MONTH).length;
  return (
    <aside className="aside" aria-label={t.details}>
      <WhyList cluster={cluster} fingerprint={fingerprint} version={detail.row.changed_ms} />
      <Links detail={detail} />
      <Pairs title={t.labels} pairs={detail.row.labels} />
      <Pairs title={t.annotations} pairs={detail.annotations} />
      <section>
        <h2 className="h">
          <span>{t.last30d}</span>
          <span className="plain">{t.episodes(recent)}</span>
        </h2>
        <History episodes={detail.episodes} from={now - MONTH} to={now} count={60} />
        <Episodes detail={detail} />
      </section>
      <Elsewhere detail={detail} />
      <Raw detail={detail} />
    </aside>
  );
}
