import { describe, expect, it } from "vitest";
import { chipOf, FIRST, listPath, matcher, read, searchOf, split, written } from "./query";

describe("search", () => {
  it("tells matchers from words, quoted or not", () => {
    expect(split('결제 env!=dev host=~"ws-.*" 지연')).toEqual({
      matchers: ['env!="dev"', 'host=~"ws-.*"'],
      words: "결제 지연",
    });
  });

  it("takes a matcher that stands twice once", () => {
    expect(split("env=dev 결제 env=dev")).toEqual({ matchers: ['env="dev"'], words: "결제" });
  });

  it("keeps quotes and spaces inside a value", () => {
    const odd = matcher("message", 'a "b" \\ c');
    expect(split(odd)).toEqual({ matchers: [odd], words: "" });
    expect(chipOf(odd)).toEqual({ name: "message", sign: "=", value: 'a "b" \\ c' });
  });

  it("shows what a matcher means in a chip", () => {
    expect(chipOf('env!="dev"')).toEqual({ name: "env", sign: "≠", value: "dev" });
  });
});

describe("address", () => {
  it("says nothing of what is as at first", () => {
    expect(written(FIRST)).toBe("");
  });

  it("brings back every part of a query", () => {
    const asked = {
      tab: "all",
      words: "ws",
      matchers: ['env="prod"'],
      severity: "ERROR",
      order: "time",
      group: ["alertname", "namespace"],
      clusters: ["a", "b"],
    } as const;
    expect(read(written(asked, "a/0123"))).toEqual({ ...asked, open: "a/0123" });
  });

  it("takes what nobody can read as at first", () => {
    expect(read("?tab=nope&severity=LOUD&order=up")).toEqual({ ...FIRST, open: "" });
  });

  it("asks the app for a window with every cluster", () => {
    const path = listPath({ ...FIRST, clusters: ["a b", "c"] }, { limit: 100 });
    expect(path).toBe("/api/alarms?tab=todo&order=severity&limit=100&cluster=a%20b&cluster=c");
    expect(searchOf({ ...FIRST, words: "x", matchers: ['a="b"'] })).toBe('a="b" x');
  });
});
