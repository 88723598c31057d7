import type { AlarmRow } from "../api/schema";
import { Icon } from "../components/icon";
import { Key } from "../components/key";
import { SnoozeMenu } from "../components/snooze";
import { useTexts } from "../i18n/texts";
import { mayAct, useChip } from "../store/summary";

export interface AlarmActs {
  acknowledge(): void;
  unacknowledge(): void;
  done(): void;
  snooze(until: number): void;
  silence(): void;
  note(): void;
  resolve(): void;
  copy(): void;
  snoozing: boolean;
  setSnoozing(value: boolean): void;
}

/** Buttons of an alarm; the one filled button is 확인, until somebody has acknowledged. */
export function Actions({ row, acts, full }: { row: AlarmRow; acts: AlarmActs; full?: boolean }) {
  const t = useTexts();
  const chip = useChip(row.cluster);
  const team = mayAct(chip);
  const why = team ? undefined : t.needsOperator;
  const acked = Boolean(row.ack);
  const triage = (
    <>
      <span className="anchor">
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
        <span>{row.done ? t.undone : t.done}</span>
        <Key command="done" />
      </button>
      <button type="button" className="btn" aria-disabled={!team} title={why} onClick={() => team && acts.silence()}>
        <span>{t.silence}</span>
        <Key command="silence" />
      </button>
    </>
  );
  return (
    <div className="acts">
      {!acked && row.firing && (
        <button
          type="button"
          className={team ? "btn main" : "btn"}
          aria-disabled={!team}
          title={why}
          onClick={() => team && acts.acknowledge()}
        >
          <Icon name="check" />
          <span>{t.acknowledge}</span>
          <Key command="acknowledge" />
        </button>
      )}
      {full && row.firing && (
        <button type="button" className="btn" aria-disabled={!team} title={why} onClick={() => team && acts.resolve()}>
          <span>{t.resolve}</span>
          <Key command="resolve" />
        </button>
      )}
      {full && (
        <button type="button" className="btn" aria-disabled={!team} title={why} onClick={() => team && acts.note()}>
          <span>{t.note}</span>
          <Key command="note" />
        </button>
      )}
      {triage}
      {full && (
        <button type="button" className="btn" onClick={acts.copy}>
          <span>{t.copyLine}</span>
          <Key command="copy" />
        </button>
      )}
      {acked && row.firing && (
        <button
          type="button"
          className="btn bare"
          aria-disabled={!team}
          title={why}
          onClick={() => team && acts.unacknowledge()}
        >
          <span>{t.unacknowledge}</span>
        </button>
      )}
      {!team && <span className="muted reason">{t.needsOperator}</span>}
    </div>
  );
}
