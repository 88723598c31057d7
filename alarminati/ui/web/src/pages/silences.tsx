import { Link } from "wouter";
import { ApiError, del, post, put } from "../api/client";
import type { Silence, SilenceList, SilenceRequest } from "../api/schema";
import { toast } from "../components/toast";
import { ChipMark } from "../components/where";
import { type Texts, useTexts } from "../i18n/texts";
import { useNow } from "../lib/clock";
import { moment } from "../lib/time";
import { useAnswer } from "../lib/use-answer";
import { newId } from "../store/acts";
import { useSummary } from "../store/summary";
import "../styles/data.css";

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

export type Part = "active" | "pending" | "recurring" | "ended";
export const PARTS = ["active", "pending", "recurring", "ended"] as const satisfies readonly Part[];
const TITLES = {
  active: "silenceActive",
  pending: "silencePending",
  recurring: "silenceRecurring",
  ended: "silenceEnded",
} as const;

/** Say to which part of the list a silence belongs. */
export function partOf(silence: Silence): Part {
  if (silence.state === "expired") return "ended";
  if (silence.recurring) return "recurring";
  return silence.state === "pending" ? "pending" : "active";
}

/** Silences of all clusters: active, coming, recurring, and ended within a week. */
export default function SilencesPage() {
  const t = useTexts();
  const now = useNow();
  const { answer, again } = useAnswer<SilenceList>("/api/silences");
  const silences = answer?.silences.filter((one) => one.state !== "expired" || now - one.end_ms < WEEK) ?? [];
  return (
    <div className="page">
      <div className="page-in">
        <header className="page-head">
          <h1>{t.silences}</h1>
          <p className="muted">{t.silencesEmptyText}</p>
        </header>
        {answer && silences.length === 0 && (
          <div className="empty">
            <b>{t.silencesEmpty}</b>
            <p className="muted">{t.silencesEmptyText}</p>
          </div>
        )}
        {answer?.stale.map((id) => (
          <p key={id} className="muted">
            {t.silenceStale(id)}
          </p>
        ))}
        {PARTS.map((part) => {
          const inside = silences.filter((one) => partOf(one) === part);
          if (!inside.length) return null;
          return (
            <section key={part} aria-label={t[TITLES[part]]}>
              <h2 className="gh">
                {t[TITLES[part]]} <span className="muted">{t.number(inside.length)}</span>
              </h2>
              <ul className="items">
                {inside.map((one) => (
                  <Item key={`${one.cluster} ${one.id}`} silence={one} part={part} onChanged={again} />
                ))}
              </ul>
            </section>
          );
        })}
      </div>
    </div>
  );
}

/** Run a change of a silence and tell what came of it. */
async function attempt(change: () => Promise<unknown>, done: () => void, t: Texts): Promise<void> {
  try {
    await change();
    done();
  } catch (error) {
    if (error instanceof ApiError) toast(t.actFailed(error.sentence(t.locale)));
  }
}

function Item({ silence, part, onChanged }: { silence: Silence; part: Part; onChanged: () => void }) {
  const t = useTexts();
  const now = useNow();
  const chip = useSummary()?.clusters.find((one) => one.id === silence.cluster);
  const may = chip?.role === "operator";
  const path = `/api/silences/${encodeURIComponent(silence.cluster)}/${encodeURIComponent(silence.id)}`;
  const filter = `/?tab=firing&cluster=${encodeURIComponent(silence.cluster)}&q=${encodeURIComponent(silence.matchers.join(" "))}`;
  const extend = () => attempt(() => put(path, { end_ms: Math.max(silence.end_ms, now) + HOUR }), onChanged, t);
  const end = () => attempt(() => del(path), onChanged, t);
  const repeat = () => {
    const body: SilenceRequest = {
      id: newId(),
      clusters: [silence.cluster],
      matchers: silence.matchers,
      end_ms: Date.now() + Math.min(24 * HOUR, silence.end_ms - silence.start_ms),
      comment: silence.comment,
    };
    void attempt(() => post("/api/silences", body), onChanged, t);
  };
  const button = (text: string, go: () => unknown) => (
    <button
      type="button"
      className="btn"
      aria-disabled={!may}
      title={may ? undefined : t.needsOperator}
      onClick={() => may && go()}
    >
      {text}
    </button>
  );
  return (
    <li className="item">
      <div>
        <span className="meta">
          <ChipMark chip={chip} />
          <b>{chip?.name ?? silence.cluster}</b>
        </span>
        <small>{silence.mine ? t.silenceMine : t.silenceBy(silence.by)}</small>
      </div>
      <div>
        <span className="matchers-line">
          {silence.matchers.map((one) => (
            <span key={one} className="lab">
              {one}
            </span>
          ))}
        </span>
        {silence.comment && <small>{silence.comment}</small>}
      </div>
      <div>
        <span>
          {silence.recurring?.[t.locale] ??
            t.silenceFrom(moment(silence.start_ms, now, t), moment(silence.end_ms, now, t))}
        </span>
        {part !== "ended" && (
          <small>
            {silence.matched > 0 ? (
              <Link className="link" href={filter}>
                {t.silenceQuiets(silence.matched)}
              </Link>
            ) : (
              t.silenceQuiets(0)
            )}
          </small>
        )}
      </div>
      <div className="item-acts">
        {part === "ended" ? (
          button(t.silenceRepeat, repeat)
        ) : (
          <>
            {part !== "recurring" && button(t.silenceExtend, extend)}
            {button(t.silenceEnd, end)}
          </>
        )}
        {!may && <span className="muted reason">{t.needsOperator}</span>}
      </div>
    </li>
  );
}
