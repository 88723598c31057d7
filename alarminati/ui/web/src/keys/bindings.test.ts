import { describe, expect, it } from "vitest";
import { type Command, DEFAULTS, find, shown, written } from "./bindings";

const stroke = (code: string, held: Partial<Record<"shiftKey" | "ctrlKey" | "altKey" | "metaKey", boolean>> = {}) => ({
  code,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...held,
});

describe("bindings", () => {
  it("go by the place of a key, so a Hangul keyboard changes nothing", () => {
    const event = new KeyboardEvent("keydown", { code: "KeyJ", key: "ㅓ" });
    expect(find(DEFAULTS, "", written(event))).toBe("down");
  });

  it("tell a letter from the same letter with Shift or Control", () => {
    expect(find(DEFAULTS, "", written(stroke("KeyX")))).toBe("select");
    expect(find(DEFAULTS, "", written(stroke("KeyX", { shiftKey: true })))).toBe("selectAll");
    expect(find(DEFAULTS, "", written(stroke("KeyJ", { ctrlKey: true })))).toBeNull();
  });

  it("wait for the second key of a chord and forget it when it fits nothing", () => {
    expect(find(DEFAULTS, "", "KeyG")).toBe("pending");
    expect(find(DEFAULTS, "KeyG", "KeyC")).toBe("goClusters");
    expect(find(DEFAULTS, "KeyG", "KeyQ")).toBeNull();
  });

  it("give every stroke to one command only", () => {
    const chords = Object.values(DEFAULTS).flat();
    expect(new Set(chords).size).toBe(chords.length);
    for (const [command, own] of Object.entries(DEFAULTS) as [Command, readonly string[]][]) {
      for (const chord of own) if (!chord.includes(" ")) expect(find(DEFAULTS, "", chord)).toBe(command);
    }
  });

  it("are shown as people read them", () => {
    expect(["KeyG KeyA", "Shift+Slash", "Control+KeyK", "Digit1"].map(shown)).toEqual(["G A", "?", "Ctrl K", "1"]);
  });
});
