import { laterTimes } from "../components/snooze";

const MINUTE = 60_000;

/** How long a silence lasts: one of the usual ends or an own one. */
export type Until = { kind: "preset"; id: string } | { kind: "custom"; value: string };

/** Write a moment as a field for local date and time takes it. */
export function localField(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}

/** Return the end of a silence in ms; 0 when there is none yet or it is past. */
export function endOf(until: Until, now: number): number {
  if (until.kind === "preset") return laterTimes(now).find((one) => one.id === until.id)?.at ?? 0;
  if (until.kind === "custom") {
    const at = new Date(until.value).getTime();
    return Number.isFinite(at) && at > now ? at : 0;
  }
  return 0;
}
