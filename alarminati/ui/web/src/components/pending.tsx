import type { PendingAct } from "../api/schema";
import { type Texts, useTexts } from "../i18n/texts";
import { Icon } from "./icon";

const ACTS = {
  ack: "acknowledge",
  unack: "unacknowledge",
  note: "note",
  assign: "assign",
  resolve: "resolve",
} as const satisfies Record<string, keyof Texts>;

const named = (kind: string, t: Texts) => (kind in ACTS ? t[ACTS[kind as keyof typeof ACTS]] : kind);

/** How the acts that the cluster has not confirmed stand. */
export function Pending({ acts }: { acts: readonly PendingAct[] }) {
  const t = useTexts();
  const act = acts.at(-1);
  if (!act) return null;
  const name = named(act.kind, t);
  if (act.state === "refused") {
    return (
      <span className="pend c-error">
        <Icon name="refused" />
        {t.refused(name, act.problem?.[t.locale] ?? t.failed)}
      </span>
    );
  }
  const queued = act.state === "queued";
  return (
    <span className="pend">
      <Icon name={queued ? "later" : "wait"} />
      {queued ? t.queued(name) : t.sending(name)}
    </span>
  );
}
