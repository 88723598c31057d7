import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AlarmList, AlarmRow } from "../api/schema";
import { alarm, list } from "../testing/made";
import { ask, feed, hold, merged, reach, refreshSoon, showFresh, withdraw } from "./feed";
import { FIRST } from "./query";

const names = (rows: readonly AlarmRow[]) => rows.map((row) => row.fingerprint);

let answers: AlarmList[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response(JSON.stringify(answers.length > 1 ? answers.shift() : answers[0]))),
  );
});

afterEach(() => {
  hold(false);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const begin = async (rows: AlarmRow[], words: string, rest: Partial<AlarmList> = {}) => {
  answers = [list(rows, rest)];
  ask({ ...FIRST, words });
  await vi.advanceTimersByTimeAsync(0);
};

const refresh = async (rows: AlarmRow[]) => {
  answers = [list(rows)];
  refreshSoon();
  await vi.advanceTimersByTimeAsync(500);
};

describe("list under a hand", () => {
  it("keeps places, takes new facts and counts what waits", () => {
    const [a, b] = [alarm("a"), alarm("b")];
    const { rows, fresh } = merged([a, b], [alarm("n"), { ...b, report_count: 9 }, a]);
    expect(names(rows)).toEqual(["a", "b"]);
    expect(rows[1]?.report_count).toBe(9);
    expect(fresh).toBe(1);
  });

  it("does not move while it is held, and shows all when asked", async () => {
    await begin([alarm("a"), alarm("b")], "held");
    hold(true);
    await refresh([alarm("n"), alarm("a"), alarm("b")]);
    expect(names(feed.get().rows)).toEqual(["a", "b"]);
    expect(feed.get().fresh).toBe(1);
    showFresh();
    await vi.advanceTimersByTimeAsync(0);
    expect(names(feed.get().rows)).toEqual(["n", "a", "b"]);
    expect(feed.get().fresh).toBe(0);
  });

  it("moves at once while nobody touches it", async () => {
    await begin([alarm("a")], "free");
    await refresh([alarm("n"), alarm("a")]);
    expect(names(feed.get().rows)).toEqual(["n", "a"]);
  });

  it("asks once for many changes in a row", async () => {
    await begin([alarm("a")], "many");
    const calls = vi.fn(() => Promise.resolve(new Response(JSON.stringify(list([alarm("a")])))));
    vi.stubGlobal("fetch", calls);
    for (let count = 0; count < 50; count += 1) refreshSoon();
    await vi.advanceTimersByTimeAsync(500);
    expect(calls).toHaveBeenCalledTimes(1);
  });

  it("loads on until enough rows are there, without doubles", async () => {
    await begin([alarm("a"), alarm("b")], "long", { total: 4, after: "2" });
    expect(names(feed.get().rows)).toEqual(["a", "b"]);
    answers = [list([alarm("b"), alarm("c")], { total: 4, after: "4" }), list([alarm("d")], { total: 4 })];
    await reach(4);
    expect(names(feed.get().rows)).toEqual(["a", "b", "c", "d"]);
  });

  it("does not ask for ever when nothing new comes", async () => {
    await begin([alarm("a")], "stuck", { total: 400, after: "same" });
    await reach(400);
    expect(names(feed.get().rows)).toEqual(["a"]);
  });

  it("puts withdrawn rows back where they were", async () => {
    await begin([alarm("a"), alarm("b"), alarm("c")], "undo");
    const restore = withdraw(new Set(["one/b"]));
    expect(names(feed.get().rows)).toEqual(["a", "c"]);
    expect(feed.get().total).toBe(2);
    restore();
    expect(names(feed.get().rows)).toEqual(["a", "b", "c"]);
    expect(feed.get().total).toBe(3);
  });
});
