import { get } from "../api/client";
import type { Link } from "../api/events";
import type { Changed, ClusterChanged, ClusterChip, Summary } from "../api/schema";
import { createStore, usePart, useStore } from "../lib/store";

/** What every page shows; null until the first answer. */
export const summary = createStore<Summary | null>(null);
export const link = createStore<Link>({ state: "connecting" });

/** How far the clock of the app is behind this browser's, in ms: they differ in WSL after sleep. */
export const drift = createStore(0);

let newest = 0; // number of the last event that was taken in
const TRIES = 3;

/** Ask for everything that every page shows. An answer that is older than an event is asked for again. */
export async function loadSummary(): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const began = Date.now();
    const answer = await get<Summary>("/api/summary");
    if (answer.seq < newest && tries < TRIES) continue;
    drift.set(Math.round((began + Date.now()) / 2 - answer.time_ms));
    summary.set({ ...answer, clusters: ordered(answer.clusters) });
    return;
  }
}

const RANK = { silent: 0, ended: 1, late: 2 } as Record<string, number>;

/** Silent clusters come first; the others stay where they are. */
export function ordered(chips: readonly ClusterChip[]): ClusterChip[] {
  const rank = (chip: ClusterChip) => (RANK[chip.state] === 0 ? 0 : 1);
  return [...chips].sort((a, b) => rank(a) - rank(b));
}

/** Take in the counts of an event. */
export function onChanged(event: Changed): void {
  newest = event.seq;
  summary.set(
    (before) =>
      before && {
        ...before,
        seq: event.seq,
        tabs: event.tabs,
        severities: event.severities,
        storm: event.storm,
        last_alarm_ms: event.began ? Date.now() : before.last_alarm_ms,
      },
  );
}

/** Take in a cluster that is another now. */
export function onCluster(event: ClusterChanged): void {
  newest = event.seq;
  summary.set((before) => {
    if (!before) return before;
    const known = before.clusters.some((chip) => chip.id === event.chip.id);
    const chips = known
      ? before.clusters.map((chip) => (chip.id === event.chip.id ? event.chip : chip))
      : [...before.clusters, event.chip];
    return { ...before, seq: event.seq, offline_ms: event.offline_ms, clusters: ordered(chips) };
  });
}

export const useSummary = () => useStore(summary);

/** Watch one cluster. */
export function useChip(id: string): ClusterChip | undefined {
  return usePart(summary, (value) => value?.clusters.find((chip) => chip.id === id));
}

/** Say whether a person may act on the team's alarms of a cluster. */
export const mayAct = (chip: ClusterChip | undefined) => chip?.role === "operator";
