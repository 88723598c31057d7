import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { isWeb } from "../alarm/parts";
import { Marked } from "./marked";
import { matches } from "./palette";

const shown = (text: string, words: string) => renderToStaticMarkup(createElement(Marked, { text, words }));

describe("marked text", () => {
  it("marks every hit, in either language", () => {
    expect(shown("결제 API, api down", "api")).toBe("결제 <mark>API</mark>, <mark>api</mark> down");
    expect(shown("결제 지연", "지연 결제")).toBe("<mark>결제</mark> <mark>지연</mark>");
  });

  it("stays data, never markup", () => {
    expect(shown("<img src=x onerror=alert(1)>", "img")).toBe("&lt;<mark>img</mark> src=x onerror=alert(1)&gt;");
  });
});

describe("links of alarms", () => {
  it("are opened only when they are http or https", () => {
    expect(["https://a", "HTTP://a", "javascript:alert(1)", "data:text/html,x", " https://a"].map(isWeb)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("palette", () => {
  it("finds letters in their order", () => {
    expect([matches("Acknowledge", "ack"), matches("클러스터", "클터"), matches("Done", "dx")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
