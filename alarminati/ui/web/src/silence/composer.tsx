import { useEffect, useRef, useState } from "react";
import type { Targets } from "../alarm/use-acts";
import { ApiError, del, post } from "../api/client";
import type { PreviewRequest, SilencePreview, SilenceRequest, SilenceResult } from "../api/schema";
import { Icon } from "../components/icon";
import { laterTimes, useLaterName } from "../components/snooze";
import { toast } from "../components/toast";
import { ChipMark } from "../components/where";
import { type Texts, useTexts } from "../i18n/texts";
import { keyOf } from "../lib/alarms";
import { clock, moment } from "../lib/time";
import { newId } from "../store/acts";
import { refreshSoon } from "../store/feed";
import { matcher } from "../store/query";
import { useSummary } from "../store/summary";
import { Preview, usePreview } from "./preview";
import { endOf, localField, type Until } from "./times";
import "../styles/silence.css";
import "../styles/forms.css";

/** Says which alarms the others in the list are that the matchers fit. */
function othersOf(preview: SilencePreview | null): Set<string> {
  return new Set(preview?.clusters.flatMap((one) => one.others.map(keyOf)));
}

async function takeBack(result: SilenceResult, t: Texts): Promise<void> {
  const made = result.results.filter((one) => one.state === "ok");
  const ended = made.map((one) =>
    del(`/api/silences/${encodeURIComponent(one.cluster)}/${encodeURIComponent(one.fingerprint)}`),
  );
  const failed = (await Promise.allSettled(ended)).find((one) => one.status === "rejected");
  if (failed?.reason instanceof ApiError) toast(t.actFailed(failed.reason.sentence(t.locale)));
  refreshSoon();
}

/** A silence made of a selection: its shared labels, a preview, a time, a reason. */
export default function Composer({
  targets,
  onMatches,
  onClose,
  onSent,
}: {
  targets: Targets;
  onMatches: (keys: ReadonlySet<string>) => void;
  onClose: () => void;
  onSent: () => void;
}) {
  const t = useTexts();
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const [until, setUntil] = useState<Until>({ kind: "preset", id: "hours2" });
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const base: PreviewRequest = targets.selection
    ? { selection: targets.selection }
    : { targets: targets.rows.map(({ cluster, fingerprint }) => ({ cluster, fingerprint })) };
  const first = usePreview(base);
  const suggestions = first.preview?.suggestions ?? [];
  const usable = suggestions.filter((one) => one.on && one.values === 1);
  const matchers = usable.filter((one) => !off.has(one.name)).map((one) => matcher(one.name, one.value));
  const second = usePreview(off.size ? { ...base, matchers } : base);
  const preview = off.size ? second.preview : first.preview;
  const problem = off.size ? second.problem : first.problem;
  const now = Date.now();
  const end = endOf(until, now);
  const clusters = preview?.clusters.map((one) => one.cluster) ?? [];
  const ready = matchers.length > 0 && end > 0 && reason.trim() !== "" && clusters.length > 0 && !sending;

  useEffect(() => onMatches(othersOf(preview)), [preview, onMatches]);
  useEffect(() => form.current?.querySelector<HTMLTextAreaElement>("textarea")?.focus(), []);

  const send = async () => {
    if (!ready) return;
    setSending(true);
    const body: SilenceRequest = { id: newId(), clusters, matchers, end_ms: end, comment: reason.trim() };
    try {
      const result = await post<SilenceResult>("/api/silences", body);
      const good = result.results.filter((one) => one.state !== "refused");
      const bad = result.results.find((one) => one.state === "refused");
      if (good.length) toast(t.composeDone(good.length), () => void takeBack(result, t));
      else toast(t.actFailed(bad?.error?.[t.locale] ?? t.failed));
      refreshSoon();
      if (!good.length) return setSending(false);
      onSent();
      onClose();
    } catch (error) {
      setSending(false);
      if (error instanceof ApiError) toast(t.actFailed(error.sentence(t.locale)));
    }
  };
  const toggle = (name: string) =>
    setOff((before) => {
      const next = new Set(before);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  return (
    <form
      ref={form}
      className="pane compose"
      aria-label={t.silence}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Escape") onClose();
        const sends = event.key === "Enter" && event.target instanceof HTMLTextAreaElement && !event.shiftKey;
        if (sends) void send();
        if (sends || event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    >
      <header className="pane-bar">
        <b className="strong">{t.silence}</b>
        <span className="end">
          <button type="button" className="btn icon" title="Esc" aria-label={t.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </span>
      </header>
      <div className="pane-body">
        <section>
          <h2 className="h">{targets.count === 1 ? t.composeMatchersOne : t.composeMatchers(targets.count)}</h2>
          <ul className="matchers">
            {suggestions.map((one) => (
              <Suggestion
                key={one.name}
                name={one.name}
                value={one.value}
                values={one.values}
                on={one.on && !off.has(one.name)}
                toggle={toggle}
              />
            ))}
          </ul>
        </section>
        <Preview preview={preview} problem={problem} empty={first.preview !== null && matchers.length === 0} />
        <When until={until} end={end} setUntil={setUntil} />
        <section>
          <h2 className="h">
            <label htmlFor="reason">{t.reason}</label>
            <span className="plain">{t.required}</span>
          </h2>
          <textarea
            id="reason"
            className="area"
            rows={2}
            maxLength={1024}
            required
            placeholder={t.composeReasonHint}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </section>
      </div>
      <Foot preview={preview} ready={ready} sending={sending} onClose={onClose} />
    </form>
  );
}

function Suggestion({
  name,
  value,
  values,
  on,
  toggle,
}: {
  name: string;
  value: string;
  values: number;
  on: boolean;
  toggle: (name: string) => void;
}) {
  const t = useTexts();
  const shared = values === 1;
  return (
    <li className={on ? "" : "off"}>
      <input
        className="sw"
        type="checkbox"
        role="switch"
        aria-checked={on}
        id={`m-${name}`}
        checked={on}
        disabled={!shared}
        onChange={() => toggle(name)}
      />
      <label htmlFor={`m-${name}`}>
        <span className="k">{name}</span>
        {on ? (
          <>
            <span className="op">=</span>
            <span className="v">{value}</span>
          </>
        ) : (
          <span className="muted">{shared ? t.composeOff : t.composeLeftOut(values)}</span>
        )}
      </label>
    </li>
  );
}

function When({ until, end, setUntil }: { until: Until; end: number; setUntil: (until: Until) => void }) {
  const t = useTexts();
  const named = useLaterName();
  const now = Date.now();
  const custom = until.kind === "custom";
  return (
    <section>
      <h2 className="h">
        <span>{t.composeUntil}</span>
        <span className="plain">
          {end ? t.until(end - now < 86_400_000 / 2 ? clock(end, true) : moment(end, now, t)) : ""}
        </span>
      </h2>
      <div className="opts" role="radiogroup" aria-label={t.composeUntil}>
        {laterTimes(now).map(({ id, at }) => (
          <label key={id} className="opt">
            <input
              type="radio"
              name="until"
              checked={until.kind === "preset" && until.id === id}
              onChange={() => setUntil({ kind: "preset", id })}
            />
            <span>{named(id, at)}</span>
          </label>
        ))}
        <label className="opt">
          <input
            type="radio"
            name="until"
            checked={custom}
            onChange={() => setUntil({ kind: "custom", value: localField(now + 4 * 3_600_000) })}
          />
          <span>{t.composeCustom}</span>
        </label>
      </div>
      {custom && (
        <input
          className="input when"
          type="datetime-local"
          aria-label={t.composeUntil}
          aria-invalid={!end}
          min={localField(now)}
          value={until.value}
          onChange={(event) => setUntil({ kind: "custom", value: event.target.value })}
        />
      )}
    </section>
  );
}

function Foot({
  preview,
  ready,
  sending,
  onClose,
}: {
  preview: SilencePreview | null;
  ready: boolean;
  sending: boolean;
  onClose: () => void;
}) {
  const t = useTexts();
  const chips = useSummary()?.clusters ?? [];
  const clusters = preview?.clusters ?? [];
  return (
    <footer className="pane-foot">
      <ul className="per">
        {clusters.map((one) => {
          const chip = chips.find((each) => each.id === one.cluster);
          return (
            <li key={one.cluster}>
              <ChipMark chip={chip} />
              <span>{chip?.name ?? one.cluster}</span>
              <span className="num">{t.composeCount(one.count)}</span>
            </li>
          );
        })}
      </ul>
      <div className="acts">
        <button type="submit" className="btn main" aria-disabled={!ready}>
          <span>{sending ? t.composeSubmitting : t.composeSubmit(Math.max(1, clusters.length))}</span>
          <span className="kbd" aria-hidden="true">
            ↵
          </span>
        </button>
        <button type="button" className="btn" onClick={onClose}>
          {t.cancel}
        </button>
      </div>
      <p className="sub">{t.composeFoot}</p>
    </footer>
  );
}
