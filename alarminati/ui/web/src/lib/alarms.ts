import type { AlarmKey, AlarmRow, ClusterChip } from "../api/schema";
import type { Severity } from "../api/words";
import type { SignName } from "../components/sign";

export const SEVERITIES = ["CRITICAL", "ERROR", "WARNING", "INFO"] as const satisfies readonly Severity[];

/** Name an alarm in lists and addresses: cluster and fingerprint. */
export const keyOf = (alarm: AlarmKey) => `${alarm.cluster}/${alarm.fingerprint}`;

/** Return the two parts of a key. */
export function targetOf(key: string): AlarmKey {
  const [cluster = "", fingerprint = ""] = key.split("/");
  return { cluster, fingerprint };
}

/** Return the address of an alarm's own page. */
export const pathOf = (alarm: AlarmKey) =>
  `/a/${encodeURIComponent(alarm.cluster)}/${encodeURIComponent(alarm.fingerprint)}`;

export const severitySign = (severity: Severity) => severity.toLowerCase() as SignName;

/** Return the sign of a row: how bad it is, over, or silent. */
export function signOf(row: AlarmRow): SignName {
  if (row.kind === "silent") return "silent";
  return row.firing ? severitySign(row.severity) : "resolved";
}

/** Say whether a sentence is Korean; screen readers read it with that voice. */
export const languageOf = (text: string) => (/[\uac00-\ud7a3]/.test(text) ? "ko" : undefined);

/** Names of instances are of least use beside a message that has them; others come first. */
const LAST = /^(pod|instance|container|uid|endpoint|job|alertname|severity)$/;

/** Choose at most three labels: those that tell the visible rows apart first. */
export function labelsToShow(row: AlarmRow, common: ReadonlySet<string>): [string, string][] {
  const weight = (name: string) => (LAST.test(name) ? 2 : 0) + (common.has(name) ? 1 : 0);
  return Object.entries(row.labels)
    .filter(([name, value]) => value && name !== "alertname" && name !== "severity" && !row.message.includes(value))
    .sort(([a], [b]) => weight(a) - weight(b))
    .slice(0, 3);
}

/** Find the labels that all of several rows share. */
export function commonLabels(rows: readonly AlarmRow[]): Set<string> {
  const [first, ...rest] = rows;
  if (!first || rest.length === 0) return new Set();
  const shared = Object.entries(first.labels).filter(([name, value]) =>
    rest.every((row) => row.labels[name] === value),
  );
  return new Set(shared.map(([name]) => name));
}

/** Write a label's short name: "ns" for namespace, as people do. */
export const shortLabel = (name: string) => (name === "namespace" ? "ns" : name);

/** Tell an alarm in one line, for a chat. */
export function oneLine(row: AlarmRow, chip: ClusterChip | undefined, word: string, origin: string): string {
  const where = chip ? `${chip.project} ${chip.name}`.trim() : row.cluster;
  return `[${word}] ${row.message} (${where}) ${origin}${pathOf(row)}`;
}
