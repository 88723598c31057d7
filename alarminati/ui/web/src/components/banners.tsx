import type { Summary } from "../api/schema";
import { useTexts } from "../i18n/texts";
import { useSecond } from "../lib/clock";
import { useStore } from "../lib/store";
import { clock, span } from "../lib/time";
import { everything, retry } from "../store/live";
import { drift, link } from "../store/summary";
import { Icon } from "./icon";

const CLOCK_MS = 2000;

function Gone({ retryAt }: { retryAt: number }) {
  const t = useTexts();
  const now = useSecond();
  return (
    <div className="banner bad" role="alert">
      <Icon name="refused" />
      <b>{t.goneTitle}</b>
      <span>
        {t.goneText} <code className="mono">alarminati ui</code>
      </span>
      <span className="muted" aria-hidden="true">
        {t.goneRetry(Math.max(0, Math.ceil((retryAt - now) / 1000)))}
      </span>
      <button type="button" className="btn" onClick={() => retry()}>
        {t.tryNow}
      </button>
    </div>
  );
}

/** Lines above everything: only for what changes how the whole page is to be read. */
export function Banners({ summary }: { summary: Summary | null }) {
  const t = useTexts();
  const state = useStore(link);
  const behind = useStore(drift);
  return (
    <div className="banners">
      {state.state === "gone" && <Gone retryAt={state.retryAt} />}
      {state.state !== "gone" && summary && summary.offline_ms > 0 && (
        <div className="banner dark" role="status">
          <Icon name="off" />
          <b>{t.offlineTitle}</b>
          <span>{t.offlineText(clock(summary.offline_ms))}</span>
          <button type="button" className="btn" onClick={() => void everything()}>
            {t.tryNow}
          </button>
        </div>
      )}
      {Math.abs(behind) > CLOCK_MS && (
        <div className="banner warn" role="status">
          <Icon name="warning" />
          <b>{behind > 0 ? t.clockTitle(span(behind, t)) : t.clockAhead(span(-behind, t))}</b>
          {behind > 0 && <code className="mono">sudo hwclock -s</code>}
        </div>
      )}
      {summary && summary.resumed_ms > 0 && summary.resumed_records > 0 && (
        <div className="banner note" role="status">
          <Icon name="again" />
          <span>{t.wakeText(summary.resumed_records)}</span>
        </div>
      )}
    </div>
  );
}
