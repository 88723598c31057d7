import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { type Alarm, Severity } from "@dongdorrong/alarminati/v1/alarm";
import type { SubscribeResponse } from "@dongdorrong/alarminati/v1/subscription";

/** One answer with alarms in it, or with a gap before them. */
export interface Line {
  /** Stands for everything up to here; base64. */
  cursor: string;
  /** How many entries at the most were cut from the cluster's history unseen. */
  missed?: number;
  /** In the order the cluster told them. */
  alarms: Shown[];
}

/** One report. */
export interface Shown {
  id: string;
  at: string;
  severity: string;
  resolved: boolean;
  project: string;
  message: string;
}

/**
 * A file of what was received, one answer a line, each with the cursor after it. Alarms and cursor
 * are written together, so that no crash comes between the two: whatever is in the file is not asked
 * for again, and whatever is not is.
 */
export class Book {
  /** Where to go on; empty in a new book. */
  cursor: Uint8Array = new Uint8Array();
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a+", 0o600);
    const written = readFileSync(path);
    // A line without an end was being written when the power failed or the disk was full.
    const whole = written.lastIndexOf("\n") + 1;
    ftruncateSync(this.#file, whole);
    if (whole === 0) return;
    const begin = written.lastIndexOf("\n", whole - 2) + 1;
    const last = JSON.parse(written.toString("utf8", begin, whole)) as Partial<Line>;
    if (!last.cursor) {
      throw new Error(`${path}: the last line has no cursor; is it a file of this program?`);
    }
    this.cursor = Buffer.from(last.cursor, "base64");
  }

  /** Writes an answer down. */
  add(answer: SubscribeResponse): Line {
    const line: Line = { cursor: Buffer.from(answer.cursor).toString("base64"), alarms: [] };
    if (answer.gap) line.missed = Number(answer.gap.missed);
    for (const record of answer.records) {
      if (record.body.case === "alarm") line.alarms.push(shown(record.id, record.body.value));
    }
    if (line.alarms.length > 0 || line.missed) {
      appendFileSync(this.#file, JSON.stringify(line) + "\n");
    }
    this.cursor = answer.cursor;
    return line;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function shown(id: string, alarm: Alarm): Shown {
  return {
    id,
    at: new Date(Number(alarm.timestampMs)).toISOString(),
    severity: Severity[alarm.severity] ?? String(alarm.severity),
    resolved: alarm.resolved,
    project: alarm.project,
    message: alarm.message,
  };
}
