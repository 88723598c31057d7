import { describe, expect, it } from "vitest";
import { lastClause } from "../alarm/head";
import { bars } from "../alarm/parts";
import { laterTimes } from "../components/snooze";
import { between } from "../feed/selection";
import { en } from "../i18n/en";
import { ko } from "../i18n/ko";
import { particle } from "../i18n/particle";
import { preferredLanguage } from "../i18n/texts";
import { endOf, localField } from "../silence/times";
import { invitationIn } from "../store/invitation";
import { alarm } from "../testing/made";
import { commonLabels, labelsToShow, languageOf } from "./alarms";
import { bytes, megabytes } from "./figures";
import { ago, coarse, precise, span } from "./time";
import { lineAt, topsOf } from "./window";

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

describe("times", () => {
  it("are told in their largest unit", () => {
    expect([38_000, 12 * MINUTE, 26 * HOUR, 3 * DAY].map((ms) => span(ms, ko))).toEqual([
      "38초",
      "12분",
      "26시간",
      "3일",
    ]);
    expect([ago(20_000, en), ago(2 * HOUR, en), coarse(26 * HOUR, ko)]).toEqual(["now", "2 h ago", "1일"]);
  });
  it("are told in two units where the second matters", () => {
    expect([precise(231_000, ko), precise(62 * MINUTE, en), precise(2 * HOUR, en)]).toEqual([
      "3분 51초",
      "1 h 2 min",
      "2 h",
    ]);
  });
  it("offer only moments to come", () => {
    const monday = new Date(2026, 10, 30, 10, 0).getTime();
    expect(laterTimes(monday).every(({ at }) => at > monday)).toBe(true);
    const next = new Date(laterTimes(monday).find(({ id }) => id === "monday")?.at ?? 0);
    expect([next.getDay(), next.getHours(), next.getDate()]).toEqual([1, 9, 7]);
    const evening = new Date(2026, 10, 30, 19, 0).getTime();
    expect(laterTimes(evening).some(({ id }) => id === "evening")).toBe(false);
  });
  it("end a silence in the future or not at all", () => {
    const now = new Date(2026, 10, 30, 10, 0).getTime();
    expect(endOf({ kind: "custom", value: localField(now + HOUR) }, now)).toBe(now + HOUR);
    expect(endOf({ kind: "custom", value: localField(now - HOUR) }, now)).toBe(0);
    expect(endOf({ kind: "custom", value: "" }, now)).toBe(0);
    expect(endOf({ kind: "preset", id: "hours2" }, now)).toBe(now + 2 * HOUR);
  });
});

describe("lists", () => {
  it("find the line at a height", () => {
    const tops = topsOf([40, 36, 36, 40]);
    const at = (height: number) => lineAt((index) => tops[index] ?? 152, 4, height);
    expect([0, 39, 40, 76, 151, 999].map(at)).toEqual([0, 0, 1, 2, 3, 4]);
  });
  it("choose a range in either direction", () => {
    const rows = ["a", "b", "c", "d"].map((name) => alarm(name));
    expect(between(rows, "one/d", "one/b")).toEqual(["one/b", "one/c", "one/d"]);
    expect(between(rows, "one/gone", "one/b")).toEqual(["one/b"]);
  });
  it("show labels that tell rows apart before those that all share", () => {
    const rows = [
      alarm("a", { labels: { env: "prod", host: "ws-1" } }),
      alarm("b", { labels: { env: "prod", host: "ws-2" } }),
    ];
    const common = commonLabels(rows);
    expect([...common]).toEqual(["env"]);
    expect(rows[0] && labelsToShow(rows[0], common).map(([name]) => name)).toEqual(["host", "env"]);
  });
  it("draw episodes as bars of equal time", () => {
    const episode = {
      start_ms: 50,
      end_ms: 60,
      report_count: 1,
      severity: "CRITICAL",
      end_reason: "",
      ack: null,
    } as const;
    expect(bars([episode], 0, 100, 4)).toEqual(["", "", "critical", ""]);
    expect(bars([{ ...episode, end_ms: 0, severity: "WARNING" }], 0, 100, 4)).toEqual(["", "", "error", "error"]);
  });
});

describe("texts", () => {
  it("are complete and not empty in both languages", () => {
    const walk = (one: object, other: object): void => {
      expect(Object.keys(one).sort()).toEqual(Object.keys(other).sort());
      for (const [name, value] of Object.entries(one)) {
        if (typeof value === "string") expect(value, name).not.toBe("");
        if (typeof value === "object" && !Array.isArray(value))
          walk(value, (other as Record<string, object>)[name] ?? {});
      }
    };
    walk(ko, en);
  });
  it("keep Korean particles right", () => {
    expect(["민수", "김민준", "온콜1", "MS", "seoul-1", "work"].map((name) => particle(name, "이", "가"))).toEqual([
      "민수가",
      "김민준이",
      "온콜1이",
      "MS가",
      "seoul-1이",
      "work이(가)",
    ]);
  });
  it("know the language of a person and of a sentence", () => {
    expect([preferredLanguage(["ko-KR"]), preferredLanguage(["de"]), preferredLanguage([])]).toEqual([
      "ko",
      "en",
      "en",
    ]);
    expect([languageOf("결제 API"), languageOf("Health check failed")]).toEqual(["ko", undefined]);
  });
  it("say the last clause of a sentence louder", () => {
    expect(lastClause("12분째 발생 중, Slack에 전달됨, 아직 아무도 확인하지 않음.")).toEqual([
      "12분째 발생 중, Slack에 전달됨,",
      "아직 아무도 확인하지 않음.",
    ]);
  });
  it("find an invitation in what was pasted", () => {
    expect(invitationIn("here: alarminati-invite:abc.DEF== bye")).toBe("alarminati-invite:abc.DEF==");
    expect(invitationIn("hello")).toBe("");
  });
  it("write bytes for people", () => {
    expect([bytes(980), bytes(1_100), bytes(61_000_000), megabytes(1_650_000, 2), megabytes(6_000_000)]).toEqual([
      "980 B",
      "1.1 kB",
      "61 MB",
      "1.65",
      "6",
    ]);
  });
});
