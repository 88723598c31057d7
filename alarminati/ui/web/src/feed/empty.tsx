import type { Summary } from "../api/schema";
import { type Texts, useTexts } from "../i18n/texts";
import { useNow } from "../lib/clock";
import { ago } from "../lib/time";
import { type FeedQuery, split } from "../store/query";
import { Chip, partsOf } from "./chips";

/** Silence is told from deafness: when the last alarm came, and whether the clusters are heard. */
export function hearing(summary: Summary, now: number, t: Texts): string {
  const last = summary.last_alarm_ms ? ago(now - summary.last_alarm_ms, t) : t.neverAlarmed;
  const chips = summary.clusters.filter((chip) => chip.state !== "archived" && chip.state !== "paused");
  const live = chips.filter((chip) => chip.state === "live");
  if (!chips.length || live.length < chips.length) return t.emptyWhy(last, t.notAllLive(live.length, chips.length));
  const heard = Math.min(...live.map((chip) => chip.heard_ms));
  const since =
    now - heard < 60_000 ? t.ago(t.seconds(Math.max(0, Math.floor((now - heard) / 1000)))) : ago(now - heard, t);
  return t.emptyWhy(last, t.allLive(live.length, since));
}

/** A list without rows: nothing to do, or a search without hits that can be taken apart. */
export function Empty({
  asked,
  summary,
  change,
}: {
  asked: FeedQuery;
  summary: Summary;
  change: (part: Partial<FeedQuery>) => void;
}) {
  const t = useTexts();
  const now = useNow();
  const parts = [
    ...asked.words
      .split(" ")
      .filter(Boolean)
      .map((word) => ({ id: `word ${word}`, name: "", text: word, without: { words: without(asked.words, word) } })),
    ...partsOf(asked, (severity) => t.atLeast(t[severity as "ERROR"])),
  ];
  if (!parts.length) {
    return (
      <div className="empty" id="list" role="tabpanel" aria-labelledby={`tab-${asked.tab}`}>
        <b>{asked.tab === "todo" ? t.emptyTodo : t.emptyTab}</b>
        <p className="muted">{hearing(summary, now, t)}</p>
      </div>
    );
  }
  return (
    <div className="empty" id="list" role="tabpanel" aria-labelledby={`tab-${asked.tab}`}>
      <b>{t.noHits}</b>
      <p className="muted">{t.noHitsHelp}</p>
      <span className="chips">
        {parts.map((part) => (
          <Chip key={part.id} part={part} drop={change} />
        ))}
      </span>
    </div>
  );
}

const without = (words: string, word: string) =>
  split(
    words
      .split(" ")
      .filter((one) => one !== word)
      .join(" "),
  ).words;
