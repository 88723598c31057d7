import { describe, expect, it } from "vitest";
import { fieldsOf, KEPT, readValue, shownValue } from "./fields";

const SCHEMA = {
  $ref: "#/$defs/Settings",
  $defs: {
    Settings: {
      type: "object",
      properties: {
        mention: { enum: ["", "here"], default: "" },
        url: { type: "string", "x-secret": true },
        timeout: { anyOf: [{ type: "number" }, { type: "null" }], default: null },
        headers: { type: "object" },
        plain: { type: "boolean", default: false },
      },
      required: ["url"],
    },
  },
};

const field = (name: string) => {
  const found = fieldsOf(SCHEMA).find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
};

describe("settings of a channel", () => {
  it("become fields, required ones first", () => {
    const kinds = fieldsOf(SCHEMA).map(({ name, kind }) => [name, kind]);
    expect(kinds).toEqual([
      ["url", "secret"],
      ["mention", "choice"],
      ["timeout", "number"],
      ["headers", "json"],
      ["plain", "switch"],
    ]);
  });

  it("never show a secret and keep it when nothing is typed", () => {
    expect(shownValue(field("url"), KEPT)).toBe("");
    expect(readValue(field("url"), "", KEPT)).toBe(KEPT);
    expect(readValue(field("url"), "", undefined)).toBeUndefined();
  });

  it("leave out what is as preset and read what is typed", () => {
    expect(readValue(field("plain"), false, undefined)).toBeUndefined();
    expect(readValue(field("plain"), true, undefined)).toBe(true);
    expect(readValue(field("timeout"), "2.5", undefined)).toBe(2.5);
    expect(readValue(field("headers"), '{"a":"b"}', undefined)).toEqual({ a: "b" });
    expect(() => readValue(field("headers"), "{", undefined)).toThrow(SyntaxError);
  });
});
