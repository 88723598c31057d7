import { ApiError, del, post } from "../api/client";
import type { ActRequest, ActResult, AlarmRow, Selection, TargetResult } from "../api/schema";
import { toast } from "../components/toast";
import type { Texts } from "../i18n/texts";
import { keyOf } from "../lib/alarms";
import { feed, patch, refreshSoon, withdraw } from "./feed";

export type ActKind = ActRequest["kind"];

const LOCAL: readonly ActKind[] = ["done", "undone", "snooze", "unsnooze", "seen"];
const LEAVES_TODO: readonly ActKind[] = ["ack", "done", "snooze", "resolve"];

/** Make a name for an act, so that sending it twice does it once. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Show a local act on a row before the app has answered. */
export function foreseen(row: AlarmRow, kind: ActKind, until: number): AlarmRow {
  switch (kind) {
    case "done":
      return { ...row, done: true };
    case "undone":
      return { ...row, done: false };
    case "snooze":
      return { ...row, snoozed_until_ms: until };
    case "unsnooze":
      return { ...row, snoozed_until_ms: 0 };
    case "seen":
      return { ...row, seen: true };
    default:
      return row;
  }
}

/** Show on a row how a team act stands. */
export function standing(
  row: AlarmRow,
  id: string,
  kind: ActKind,
  result: Pick<TargetResult, "state" | "error">,
): AlarmRow {
  const others = row.acts.filter((act) => act.id !== id);
  if (result.state === "ok" || result.state === "cancelled") return { ...row, acts: others };
  const problem = result.error && { ko: result.error.ko, en: result.error.en };
  return { ...row, acts: [...others, { id, kind, state: result.state, problem: problem ?? null }] };
}

export interface ActOptions {
  comment?: string;
  assignee?: string;
  until?: number;
  selection?: Selection | null;
}

/** Act on alarms: shown at once, sent, and told with a way back. */
export async function act(
  kind: ActKind,
  rows: readonly AlarmRow[],
  t: Texts,
  options: ActOptions = {},
): Promise<boolean> {
  const request: ActRequest = { id: newId(), kind };
  if (options.selection) request.selection = options.selection;
  else request.targets = rows.map(({ cluster, fingerprint }) => ({ cluster, fingerprint }));
  if (options.comment) request.comment = options.comment;
  if (options.assignee) request.assignee = options.assignee;
  if (options.until) request.until_ms = options.until;
  const keys = new Set(rows.map(keyOf));
  const local = LOCAL.includes(kind);
  let restore = () => undefined as unknown;
  if (local && kind !== "seen" && feed.get().asked.tab === "todo" && LEAVES_TODO.includes(kind))
    restore = withdraw(keys);
  else if (local) patch(keys, (row) => foreseen(row, kind, options.until ?? 0));
  else patch(keys, (row) => standing(row, request.id, kind, { state: "sending", error: null }));
  try {
    const result = await post<ActResult>("/api/acts", request);
    if (kind !== "seen") tell(result, t, restore);
    if (!local) settle(result);
    refreshSoon();
    return true;
  } catch (error) {
    restore();
    patch(keys, (row) => ({ ...row, acts: row.acts.filter((one) => one.id !== request.id) }));
    if (error instanceof ApiError && kind !== "seen") toast(t.actFailed(error.sentence(t.locale)));
    refreshSoon();
    return false;
  }
}

/** Take in results of team acts, from the answer or from an event later. */
export function settle(result: ActResult): void {
  const results = new Map(result.results.map((one) => [keyOf(one), one]));
  const through = new Set([...results].filter(([, one]) => one.state === "ok").map(([key]) => key));
  patch(new Set(results.keys()), (row) => {
    const one = results.get(keyOf(row));
    return one ? standing(row, result.id, result.kind, one) : row;
  });
  if (through.size && feed.get().asked.tab === "todo" && LEAVES_TODO.includes(result.kind)) withdraw(through);
}

function tell(result: ActResult, t: Texts, restore: () => void): void {
  const count = (state: TargetResult["state"]) => result.results.filter((one) => one.state === state).length;
  const refused = result.results.find((one) => one.state === "refused");
  const queued = count("queued");
  const undo = result.undo_until_ms ? () => void takeBack(result, t, restore) : undefined;
  const good = Math.max(result.count - count("refused") - queued, 0);
  if (good && isTold(result.kind)) toast(t.toast[result.kind](good), undo);
  else if (queued) toast(t.actQueued(queued), undo);
  else if (refused?.error) toast(t.actFailed(refused.error[t.locale]));
}

function isTold(kind: ActKind): kind is keyof Texts["toast"] {
  return kind !== "seen";
}

async function takeBack(result: ActResult, t: Texts, restore: () => void): Promise<void> {
  restore();
  try {
    await del(`/api/acts/${encodeURIComponent(result.id)}`);
  } catch (error) {
    if (error instanceof ApiError) toast(t.actFailed(error.sentence(t.locale)));
  }
  refreshSoon();
}
