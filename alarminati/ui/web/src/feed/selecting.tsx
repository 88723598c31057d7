import type { AlarmActs } from "../alarm/actions";
import { Key } from "../components/key";
import { SnoozeMenu } from "../components/snooze";
import { useTexts } from "../i18n/texts";

/** The bar that takes the place of the tools while rows are chosen. */
export function Selecting({
  count,
  acts,
  composing,
  onClear,
}: {
  count: number;
  acts: AlarmActs;
  composing: boolean;
  onClear: () => void;
}) {
  const t = useTexts();
  return (
    <div className="tools selecting" role="toolbar" aria-label={t.selection}>
      <span className="cb">
        <input className="tick" type="checkbox" checked aria-label={t.selected(count)} onChange={onClear} />
      </span>
      <b>{t.selected(count)}</b>
      <span className="end">
        <button type="button" className="btn" onClick={acts.acknowledge}>
          <span>{t.acknowledge}</span>
          <Key command="acknowledge" />
        </button>
        <span className="anchor end">
          <button
            type="button"
            className="btn"
            aria-haspopup="menu"
            aria-expanded={acts.snoozing}
            onClick={() => acts.setSnoozing(!acts.snoozing)}
          >
            <span>{t.later}</span>
            <Key command="snooze" />
          </button>
          {acts.snoozing && <SnoozeMenu onPick={acts.snooze} onClose={() => acts.setSnoozing(false)} />}
        </span>
        <button type="button" className="btn" onClick={acts.done}>
          <span>{t.done}</span>
          <Key command="done" />
        </button>
        <button type="button" className={composing ? "btn on" : "btn"} onClick={acts.silence}>
          <span>{t.silence}</span>
          <Key command="silence" />
        </button>
      </span>
    </div>
  );
}
