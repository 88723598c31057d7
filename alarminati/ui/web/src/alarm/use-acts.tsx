import { type ReactNode, useState } from "react";
import type { AlarmRow, Selection } from "../api/schema";
import { NoteDialog, ResolveDialog } from "../chunks";
import { toast } from "../components/toast";
import { useTexts } from "../i18n/texts";
import { oneLine, signOf } from "../lib/alarms";
import { type ActKind, type ActOptions, act } from "../store/acts";
import { mayAct, summary } from "../store/summary";
import type { AlarmActs } from "./actions";

export interface Targets {
  rows: readonly AlarmRow[];
  /** Everything that matches, instead of the rows. */
  selection: Selection | null;
  count: number;
}

const chipOf = (row: AlarmRow) => summary.get()?.clusters.find((chip) => chip.id === row.cluster);

/** Acts on what `targets` names at the time of the press, and the dialogs that some of them need. */
export function useActs(targets: () => Targets, onSilence: () => void, onDone: (kind: ActKind) => void) {
  const t = useTexts();
  const [dialog, setDialog] = useState<{ kind: "note" | "resolve"; count: number } | null>(null);
  const [snoozing, setSnoozing] = useState(false);

  const send = (kind: ActKind, options: ActOptions = {}) => {
    const { rows, selection, count } = targets();
    if (!count) return toast(t.needsChoice);
    void act(kind, rows, t, { ...options, selection });
    onDone(kind);
  };
  const team = (go: () => void) => {
    const { rows, count } = targets();
    if (!count) return toast(t.needsChoice);
    if (rows.length && !rows.some((row) => mayAct(chipOf(row)))) return toast(t.needsOperator);
    go();
  };
  const ask = (kind: "note" | "resolve") => team(() => setDialog({ kind, count: targets().count }));

  const acts: AlarmActs = {
    acknowledge: () =>
      team(() => {
        const { rows, selection } = targets();
        const open = rows.filter((row) => !row.ack && !row.acts.some((one) => one.kind === "ack"));
        if (selection || open.length) send("ack");
      }),
    unacknowledge: () => team(() => send("unack")),
    done: () => send(targets().rows.every((row) => row.done) && targets().rows.length ? "undone" : "done"),
    snooze: (until) => send("snooze", { until }),
    silence: () => team(onSilence),
    note: () => ask("note"),
    resolve: () => ask("resolve"),
    copy: () => {
      const { rows } = targets();
      if (!rows.length) return toast(t.needsChoice);
      const word = (row: AlarmRow) => (signOf(row) === "resolved" ? t.resolved : t[row.severity]);
      const lines = rows.map((row) => oneLine(row, chipOf(row), word(row), location.origin));
      void navigator.clipboard?.writeText(lines.join("\n")).then(() => toast(t.copied));
    },
    snoozing,
    setSnoozing: (value) => {
      if (!value || targets().count) setSnoozing(value);
      else toast(t.needsChoice);
    },
  };
  const close = () => setDialog(null);
  const dialogs: ReactNode =
    dialog?.kind === "note" ? (
      <NoteDialog onClose={close} onSend={(comment) => send("note", { comment })} />
    ) : dialog?.kind === "resolve" ? (
      <ResolveDialog count={dialog.count} onClose={close} onSend={(comment) => send("resolve", { comment })} />
    ) : null;
  return { acts, dialogs };
}
