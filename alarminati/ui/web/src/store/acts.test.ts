import { describe, expect, it } from "vitest";
import { alarm } from "../testing/made";
import { foreseen, newId, standing } from "./acts";
import { bindingsOf } from "./settings";
import { ordered } from "./summary";

describe("acts", () => {
  it("of this person are seen before the answer", () => {
    expect(foreseen(alarm("a"), "done", 0).done).toBe(true);
    expect(foreseen(alarm("a"), "snooze", 7).snoozed_until_ms).toBe(7);
    expect(foreseen(alarm("a"), "ack", 0)).toEqual(alarm("a"));
  });

  it("of the team say how they stand, once each", () => {
    const sending = standing(alarm("a"), "1", "ack", { state: "sending", error: null });
    const queued = standing(sending, "1", "ack", { state: "queued", error: null });
    expect(queued.acts.map(({ state }) => state)).toEqual(["queued"]);
    const error = { code: "ROLE_REQUIRED", ko: "권한", en: "role", field: "", retry_ms: 0 };
    expect(standing(queued, "1", "ack", { state: "refused", error }).acts[0]?.problem).toEqual({
      ko: "권한",
      en: "role",
    });
    expect(standing(queued, "1", "ack", { state: "ok", error: null }).acts).toEqual([]);
  });

  it("have names of their own", () => {
    expect(new Set(Array.from({ length: 100 }, newId)).size).toBe(100);
  });
});

describe("keys of a person", () => {
  it("replace the preset and pass over what nobody knows", () => {
    const keys = bindingsOf({ down: "KeyN", nonsense: "KeyQ" });
    expect(keys.down).toEqual(["KeyN"]);
    expect(keys.up).toEqual(["KeyK", "ArrowUp"]);
    expect("nonsense" in keys).toBe(false);
  });
});

describe("clusters", () => {
  it("come silent ones first, the others where they were", () => {
    const chip = (id: string, state: string) => ({ id, state }) as Parameters<typeof ordered>[0][number];
    expect(ordered([chip("a", "live"), chip("b", "late"), chip("c", "silent")]).map(({ id }) => id)).toEqual([
      "c",
      "a",
      "b",
    ]);
  });
});
