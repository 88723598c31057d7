import { createStore, useStore } from "./store";

const MINUTE = 60_000;
const SECOND = 1000;
const now = createStore(Date.now());
const second = createStore(Date.now());

/** Start the two clocks of the page: ages change once a minute, waits once a second. */
export function startClock(): void {
  const tick = () => {
    if (!document.hidden) now.set(Date.now());
  };
  setInterval(tick, MINUTE);
  setInterval(() => !document.hidden && second.set(Date.now()), SECOND);
  document.addEventListener("visibilitychange", tick);
}

/** Move the ages to this moment: what just came is "now", not "-3 s". */
export function touchClock(): void {
  now.set(Date.now());
}

/** The time that ages are told from; it changes once a minute. */
export const useNow = () => useStore(now);

/** The time to the second, for the few places that count. */
export const useSecond = () => useStore(second);
