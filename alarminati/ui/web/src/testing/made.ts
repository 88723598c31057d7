import type { AlarmList, AlarmRow } from "../api/schema";

/** An alarm for a test: all that is not given is plain. */
export function alarm(fingerprint: string, part: Partial<AlarmRow> = {}): AlarmRow {
  return {
    cluster: "one",
    fingerprint,
    kind: "alarm",
    severity: "ERROR",
    worst: "ERROR",
    message: `alarm ${fingerprint}`,
    labels: {},
    project: "shop",
    firing: true,
    novelty: "new",
    novelty_count: 1,
    start_ms: 0,
    end_ms: 0,
    changed_ms: 0,
    report_count: 1,
    ack: null,
    assignee: "",
    note_count: 0,
    done: false,
    snoozed_until_ms: 0,
    seen: true,
    mute: null,
    deliveries: [],
    acts: [],
    ...part,
  };
}

/** An answer of the list with these rows. */
export function list(rows: AlarmRow[], part: Partial<AlarmList> = {}): AlarmList {
  return {
    seq: 1,
    total: rows.length,
    total_groups: 0,
    tabs: { todo: rows.length, firing: 0, acknowledged: 0, muted: 0, resolved: 0, all: 0 },
    severities: { CRITICAL: 0, ERROR: 0, WARNING: 0, INFO: 0 },
    rows,
    groups: [],
    facets: [],
    after: "",
    problem: null,
    ...part,
  };
}
