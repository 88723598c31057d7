import { useState } from "react";
import type { Attempt, Timeline, TimelineEvent } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { type Texts, useTexts } from "../i18n/texts";
import { languageOf } from "../lib/alarms";
import { clock, dayName, midnight, span } from "../lib/time";

const ICONS: Partial<Record<TimelineEvent["kind"], IconName>> = {
  repeated: "again",
  queued: "wait",
  delivered: "sent",
  failed: "refused",
  ack: "check",
  unack: "close",
  note: "note",
  assign: "p-join",
  resolve: "resolved",
  silence: "mute",
  silence_end: "mute",
  mute: "mute",
  reminder: "again",
  escalation: "steps",
  mark: "deploy",
  cluster_silent: "silent",
  gap: "gap",
  resolved: "resolved",
  seen: "eye",
  done: "check",
  snooze: "later",
};
const COLOURS: Partial<Record<TimelineEvent["kind"], string>> = {
  failed: "c-error",
  ack: "c-resolved",
  resolve: "c-resolved",
  resolved: "c-resolved",
  cluster_silent: "c-silent",
  gap: "c-silent",
};

export type Part = "all" | "deliveries" | "people";
const DELIVERIES = new Set<string>(["queued", "delivered", "failed", "reminder", "escalation"]);
const PEOPLE = new Set<string>([
  "ack",
  "unack",
  "note",
  "assign",
  "resolve",
  "silence",
  "silence_end",
  "done",
  "snooze",
  "seen",
]);

/** Choose what of a timeline is shown. */
export function partOf(events: readonly TimelineEvent[], part: Part): TimelineEvent[] {
  if (part === "all") return [...events];
  return events.filter((event) => (part === "people" ? PEOPLE : DELIVERIES).has(event.kind));
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  const t = useTexts();
  const words = { delivered: t.statDelivered, retry: t.statRefused, failed: t.failed };
  return (
    <details>
      <summary>
        <Icon name="right" />
        <span>{t.attempts(attempts.length)}</span>
      </summary>
      <div className="tries">
        {attempts.map((one) => (
          <Try key={one.time_ms} one={one} word={words[one.result]} t={t} />
        ))}
      </div>
    </details>
  );
}

function Try({ one, word, t }: { one: Attempt; word: string; t: Texts }) {
  return (
    <>
      <time>{clock(one.time_ms)}</time>
      <span>{one.result === "delivered" ? word : `${word} ${one.detail || one.cause}`.trim()}</span>
      <span>{[one.replica, one.duration_ms ? `${one.duration_ms} ms` : ""].filter(Boolean).join(", ")}</span>
      <span>{one.retry_ms ? t.attemptAgain(span(one.retry_ms, t)) : ""}</span>
    </>
  );
}

function Event({ event, sign, now }: { event: TimelineEvent; sign: IconName; now: number }) {
  const t = useTexts();
  const big = event.kind === "reported" || event.kind === "severity";
  const colour = big ? `c-${sign}` : (COLOURS[event.kind] ?? "");
  const cut = event.kind === "cluster_silent" || event.kind === "gap";
  const future = event.time_ms > now;
  return (
    <li className={["ev", event.about !== "alarm" && !cut && "quiet", cut && "cut"].filter(Boolean).join(" ")}>
      <time dateTime={new Date(event.time_ms).toISOString()}>{future ? t.now : clock(event.time_ms)}</time>
      <span className={`dot ${big ? "big " : ""}${colour}`}>
        <Icon name={big ? sign : future ? "wait" : (ICONS[event.kind] ?? "note")} />
      </span>
      <div>
        <p lang={languageOf(event.title[t.locale])}>{event.title[t.locale]}</p>
        {event.detail && <p className="sub">{event.detail[t.locale]}</p>}
        {event.comment && (
          <div className="note">
            <p lang={languageOf(event.comment)}>{event.comment}</p>
          </div>
        )}
        {event.attempts.length > 1 && <Attempts attempts={event.attempts} />}
      </div>
    </li>
  );
}

/** One list on one clock, newest last; days have a heading when there are several or it is wide. */
export function TimelineList({
  timeline,
  sign,
  part = "all",
  wide,
  children,
}: {
  timeline: Timeline;
  sign: IconName;
  part?: Part;
  wide?: boolean;
  children?: React.ReactNode;
}) {
  const t = useTexts();
  const [whole, setWhole] = useState(false);
  const all = partOf(timeline.events, part);
  const limit = wide ? 200 : 40;
  const events = whole ? all : all.slice(-limit);
  const days = new Set(events.map((event) => midnight(event.time_ms)));
  const headed = Boolean(wide) || days.size > 1;
  return (
    <ol className={wide ? "tl wide" : "tl"}>
      {all.length > events.length && (
        <li className="ev">
          <span />
          <span className="dot" />
          <button type="button" className="btn bare" onClick={() => setWhole(true)}>
            {t.showRest(all.length - events.length)}
          </button>
        </li>
      )}
      {events.map((event, index) => {
        const before = events[index - 1];
        const day = midnight(event.time_ms);
        const begins = headed && event.time_ms <= timeline.now_ms && (!before || midnight(before.time_ms) !== day);
        return [
          begins && (
            <li key={`day ${day}`} className="ev day">
              <span />
              <span />
              <p>{dayName(event.time_ms, t)}</p>
            </li>
          ),
          // biome-ignore lint/suspicious/noArrayIndexKey: events of one kind and moment are told apart by place
          <Event key={`${event.kind} ${event.time_ms} ${index}`} event={event} sign={sign} now={timeline.now_ms} />,
        ];
      })}
      {events.length === 0 && (
        <li className="ev quiet">
          <span />
          <span className="dot" />
          <p>{t.timelineEmpty}</p>
        </li>
      )}
      {children}
    </ol>
  );
}
