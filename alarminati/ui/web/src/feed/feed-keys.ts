import type { AlarmActs } from "../alarm/actions";
import type { Severity } from "../api/words";
import { useCommands } from "../keys/keyboard";

/** What the keys of the list do. */
export interface FeedHands {
  acts: AlarmActs;
  grouped: boolean;
  step(by: number): unknown;
  openCursor(): void;
  back(): boolean;
  toggle(): void;
  extend(by: number): void;
  all(): void;
  search(): void;
  severity(severity: Severity | ""): void;
  fresh(): void;
}

/** Offer the keys of the list; groups walk by themselves. */
export function useFeedKeys(hands: FeedHands): void {
  const { acts, grouped } = hands;
  const flat = (go: () => void) => () => (grouped ? false : go());
  useCommands({
    down: flat(() => void hands.step(1)),
    up: flat(() => void hands.step(-1)),
    next: flat(() => void hands.step(1)),
    previous: flat(() => void hands.step(-1)),
    open: flat(hands.openCursor),
    back: hands.back,
    select: flat(hands.toggle),
    extendDown: flat(() => hands.extend(1)),
    extendUp: flat(() => hands.extend(-1)),
    selectAll: flat(hands.all),
    search: hands.search,
    severity1: () => hands.severity("CRITICAL"),
    severity2: () => hands.severity("ERROR"),
    severity3: () => hands.severity("WARNING"),
    severity4: () => hands.severity(""),
    fresh: hands.fresh,
    acknowledge: flat(acts.acknowledge),
    done: flat(acts.done),
    snooze: flat(() => acts.setSnoozing(true)),
    silence: flat(acts.silence),
    note: flat(acts.note),
    resolve: flat(acts.resolve),
    copy: flat(acts.copy),
  });
}
