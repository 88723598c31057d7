import type { Texts } from "../i18n/texts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Say a length of time in its largest unit, rounded down: "12분", "26 h". */
export function span(ms: number, t: Texts): string {
  const length = Math.max(0, ms);
  if (length < MINUTE) return t.seconds(Math.floor(length / SECOND));
  if (length < HOUR) return t.minutes(Math.floor(length / MINUTE));
  if (length < 2 * DAY) return t.hours(Math.floor(length / HOUR));
  return t.days(Math.floor(length / DAY));
}

/** Say a length of time in few letters: days from one day on. */
export function coarse(ms: number, t: Texts): string {
  return ms >= DAY ? t.days(Math.floor(ms / DAY)) : span(ms, t);
}

/** Say a length of time in two units where the second one matters: "1시간 2분", "3분 51초". */
export function precise(ms: number, t: Texts): string {
  const length = Math.max(0, ms);
  const [unit, below] = length < HOUR ? [MINUTE, SECOND] : length < DAY ? [HOUR, MINUTE] : [DAY, HOUR];
  const rest = length % unit;
  if (length < MINUTE || rest < below) return span(length, t);
  return `${span(length - rest, t)} ${span(rest, t)}`;
}

/** Say how long ago something was, to the minute. */
export function ago(ms: number, t: Texts): string {
  return ms < MINUTE ? t.justNow : t.ago(span(ms, t));
}

const two = (value: number) => String(value).padStart(2, "0");

/** Format a time of day of this computer's zone: "10:02:11", or "10:02" when short. */
export function clock(ms: number, short = false): string {
  const date = new Date(ms);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return short ? minutes : `${minutes}:${two(date.getSeconds())}`;
}

/** Return the first millisecond of the day that `ms` lies in. */
export function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Name a day for a heading: "11월 30일 월요일". */
export function dayName(ms: number, t: Texts): string {
  const parts = { month: "long", day: "numeric", weekday: "long" } as const;
  return new Intl.DateTimeFormat(t.locale, parts).format(ms);
}

/** Name a moment shortly: "오늘 10:02", "어제 20:31", "11월 9일 03:10". */
export function moment(ms: number, now: number, t: Texts): string {
  const days = Math.round((midnight(now) - midnight(ms)) / DAY);
  if (days === 0) return t.today(clock(ms, true));
  if (days === 1) return t.yesterday(clock(ms, true));
  const day = new Intl.DateTimeFormat(t.locale, { month: t.locale === "ko" ? "long" : "short", day: "numeric" }).format(
    ms,
  );
  return `${day} ${clock(ms, true)}`;
}

/** Format a moment in full, for titles. */
export function absolute(ms: number, t: Texts): string {
  return new Intl.DateTimeFormat(t.locale, { dateStyle: "medium", timeStyle: "medium" }).format(ms);
}

/** Name this computer's zone shortly: "KST", "GMT+9". */
export function zone(now: number): string {
  const offset = -new Date(now).getTimezoneOffset();
  if (offset === 540 && Intl.DateTimeFormat().resolvedOptions().timeZone === "Asia/Seoul") return "KST";
  const parts = new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(now);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}
