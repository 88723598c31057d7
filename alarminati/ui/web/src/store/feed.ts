import { ApiError, get } from "../api/client";
import type { AlarmList, AlarmRow, Changed, Group, Text } from "../api/schema";
import { keyOf } from "../lib/alarms";
import { createStore } from "../lib/store";
import { type FeedQuery, FIRST, listPath, written } from "./query";

/** What the list shows. Rows are a prefix of all that fit; `total` says how many fit. */
export interface FeedState {
  asked: FeedQuery;
  rows: readonly AlarmRow[];
  groups: readonly Group[];
  total: number;
  totalGroups: number;
  after: string;
  tabs: AlarmList["tabs"] | null;
  problem: Text | null;
  /** New rows that wait because the list may not move now. */
  fresh: number;
  loading: boolean;
  error: ApiError | null;
  /** The answer of this query has come at least once. */
  loaded: boolean;
}

const WINDOW = 100;
const LARGEST = 500;
const PAUSE_MS = 400;

const EMPTY: FeedState = {
  asked: FIRST,
  rows: [],
  groups: [],
  total: 0,
  totalGroups: 0,
  after: "",
  tabs: null,
  problem: null,
  fresh: 0,
  loading: true,
  error: null,
  loaded: false,
};

export const feed = createStore<FeedState>(EMPTY);

let held = false;
let visible = WINDOW;
let abort = new AbortController();
let running = false;
let again = false;
let waiting = false;
let refreshed = Number.NEGATIVE_INFINITY;

/** Say whether a hand is on the list: it is scrolled, has a selection, focus or an open alarm. */
export function hold(value: boolean): void {
  held = value;
}

/** Ask for another list. Rows of the old one go at once only when the tab is another. */
export function ask(asked: FeedQuery): void {
  const before = feed.get();
  if (before.loaded && written(before.asked) === written(asked)) return;
  abort.abort();
  abort = new AbortController();
  running = false;
  visible = WINDOW;
  const keep = before.asked.tab === asked.tab && before.asked.group.join() === asked.group.join();
  feed.set({ ...(keep ? before : { ...EMPTY, tabs: before.tabs }), asked, fresh: 0, loading: true, loaded: false });
  void reload("replace");
}

/** Merge an answer into a list that may not move: rows change where they are, new ones wait. */
export function merged(rows: readonly AlarmRow[], answer: readonly AlarmRow[]): { rows: AlarmRow[]; fresh: number } {
  const given = new Map(answer.map((row) => [keyOf(row), row]));
  const kept = rows.map((row) => given.get(keyOf(row)) ?? row);
  const known = new Set(rows.map(keyOf));
  return { rows: kept, fresh: answer.filter((row) => !known.has(keyOf(row))).length };
}

async function reload(way: "replace" | "merge"): Promise<void> {
  if (running) {
    again = true;
    return;
  }
  running = true;
  const { signal } = abort;
  const { asked } = feed.get();
  try {
    const limit = Math.min(LARGEST, Math.max(WINDOW, visible));
    const answer = await get<AlarmList>(listPath(asked, { limit }), signal);
    if (signal.aborted) return;
    take(answer, way === "merge" && held ? "merge" : "replace");
  } catch (error) {
    if (signal.aborted || !(error instanceof ApiError)) return;
    feed.set((state) => ({ ...state, loading: false, error }));
  } finally {
    if (!signal.aborted) {
      running = false;
      if (again) {
        again = false;
        void reload("merge");
      } else if (lacking()) void reach(visible);
    }
  }
}

function take(answer: AlarmList, way: "replace" | "merge"): void {
  feed.set((state) => {
    const common = { tabs: answer.tabs, problem: answer.problem, loading: false, error: null, loaded: true };
    if (way === "merge" && state.loaded) {
      const { rows, fresh } = merged(state.rows, answer.rows);
      const known = new Map(answer.groups.map((group) => [group.q, group]));
      const groups = state.groups.map((group) => known.get(group.q) ?? group);
      const total = Math.max(answer.total - fresh, rows.length);
      return {
        ...state,
        ...common,
        rows,
        groups: state.groups.length ? groups : answer.groups,
        total,
        totalGroups: answer.total_groups,
        fresh,
      };
    }
    return {
      ...state,
      ...common,
      rows: answer.rows,
      groups: answer.groups,
      total: answer.total,
      totalGroups: answer.total_groups,
      after: answer.after,
      fresh: 0,
    };
  });
}

/** Load on until so many rows are there: the list is scrolled near its loaded end. */
export async function reach(count: number): Promise<void> {
  visible = Math.max(WINDOW, count);
  const { signal } = abort;
  // The wish may grow while an answer is on its way.
  while (!running && !signal.aborted && lacking()) {
    running = true;
    try {
      if (!(await loadMore(signal))) return;
    } catch {
      return;
    } finally {
      if (!signal.aborted) running = false;
    }
  }
  if (again && !running) {
    again = false;
    void reload("merge");
  }
}

function lacking(): boolean {
  const { loaded, rows, groups, after } = feed.get();
  return loaded && after !== "" && rows.length + groups.length < visible;
}

/** Load the next window. Returns false when it brought nothing new, so that nobody asks for ever. */
async function loadMore(signal: AbortSignal): Promise<boolean> {
  const { asked, after } = feed.get();
  const answer = await get<AlarmList>(listPath(asked, { after, limit: LARGEST }), signal);
  if (signal.aborted) return false;
  feed.set((now) => {
    const known = new Set(now.rows.map(keyOf));
    const rows = [...now.rows, ...answer.rows.filter((row) => !known.has(keyOf(row)))];
    return { ...now, rows, groups: [...now.groups, ...answer.groups], after: answer.after };
  });
  return answer.after !== after;
}

/** Show what waits, from the top. */
export function showFresh(): void {
  visible = WINDOW;
  void reload("replace");
}

/** Ask again, at once when it was quiet; many events in a row become one question. */
export function refreshSoon(): void {
  if (waiting) return;
  waiting = true;
  const rest = Math.min(PAUSE_MS, Math.max(0, PAUSE_MS - (performance.now() - refreshed)));
  setTimeout(() => {
    waiting = false;
    refreshed = performance.now();
    if (document.hidden) refreshWhenShown();
    else void reload("merge");
  }, rest);
}

function refreshWhenShown(): void {
  document.addEventListener("visibilitychange", () => void reload("merge"), { once: true });
}

/** Take note of alarms that changed. */
export function onFeedChanged(_event: Changed): void {
  refreshSoon();
}

/** Change rows where they are: an act of this person. */
export function patch(keys: ReadonlySet<string>, change: (row: AlarmRow) => AlarmRow): void {
  feed.set((state) => ({ ...state, rows: state.rows.map((row) => (keys.has(keyOf(row)) ? change(row) : row)) }));
}

/** Take rows out: they left the tab by an act of this person. Returns a way to put them back. */
export function withdraw(keys: ReadonlySet<string>): () => void {
  const before = feed.get();
  const left = before.rows.filter((row) => !keys.has(keyOf(row)));
  const gone = before.rows.length - left.length;
  feed.set({ ...before, rows: left, total: Math.max(0, before.total - gone) });
  return () => {
    const now = feed.get();
    if (written(now.asked) !== written(before.asked)) return;
    const present = new Map(now.rows.map((row) => [keyOf(row), row]));
    const back = before.rows.filter((row) => keys.has(keyOf(row)) || present.has(keyOf(row)));
    const later = now.rows.filter((row) => !before.rows.some((old) => keyOf(old) === keyOf(row)));
    const rows = [...later, ...back.map((row) => present.get(keyOf(row)) ?? row)];
    feed.set({ ...now, rows, total: now.total + gone });
  };
}
