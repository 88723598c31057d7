import { query } from "../api/client";
import type { Order, Severity, Tab } from "../api/words";

export const TABS = ["todo", "firing", "acknowledged", "muted", "resolved", "all"] as const satisfies readonly Tab[];

/** What the list is asked for: all of it is in the address of the page. */
export interface FeedQuery {
  tab: Tab;
  words: string;
  matchers: readonly string[];
  severity: Severity | "";
  order: Order;
  group: readonly string[];
  clusters: readonly string[];
}

export const FIRST: FeedQuery = {
  tab: "todo",
  words: "",
  matchers: [],
  severity: "",
  order: "severity",
  group: [],
  clusters: [],
};

const MATCHER = /([A-Za-z_][\w.]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s"]+)/g;

/** Tell the matchers of a search from its words. */
export function split(search: string): Pick<FeedQuery, "words" | "matchers"> {
  const matchers: string[] = [];
  const words = search.replace(MATCHER, (_, name: string, operator: string, value: string) => {
    matchers.push(`${name}${operator}${value.startsWith('"') ? value : JSON.stringify(value)}`);
    return " ";
  });
  return { matchers: [...new Set(matchers)], words: words.replace(/\s+/g, " ").trim() };
}

/** Write a matcher for one value. */
export const matcher = (name: string, value: string, exclude = false) =>
  `${name}${exclude ? "!=" : "="}${JSON.stringify(value)}`;

/** Take a matcher apart for its chip: name, sign, value without its quotes. */
export function chipOf(written: string): { name: string; sign: string; value: string } {
  const [, name = written, operator = "", value = ""] = /^([\w.]+)(=~|!~|!=|=)(.*)$/s.exec(written) ?? [];
  const sign = { "=": "=", "!=": "≠", "=~": "≈", "!~": "≉" }[operator] ?? operator;
  return { name, sign, value: value.replace(/^"(.*)"$/s, "$1").replace(/\\(.)/g, "$1") };
}

/** Return the search as the app reads it. */
export const searchOf = (asked: FeedQuery) => [...asked.matchers, asked.words].filter(Boolean).join(" ");

/** Write a query into an address; what is as at first is left out. */
export function written(asked: FeedQuery, open = ""): string {
  return query({
    tab: asked.tab === FIRST.tab ? "" : asked.tab,
    q: searchOf(asked),
    severity: asked.severity,
    order: asked.order === FIRST.order ? "" : asked.order,
    group: asked.group.join(","),
    cluster: asked.clusters.join(","),
    a: open,
  });
}

/** Read a query from an address; what nobody can read is as at first. */
export function read(search: string): FeedQuery & { open: string } {
  const given = new URLSearchParams(search);
  const list = (name: string) => (given.get(name) ?? "").split(",").filter(Boolean);
  const tab = TABS.find((one) => one === given.get("tab")) ?? FIRST.tab;
  const severities = ["CRITICAL", "ERROR", "WARNING", "INFO"] as const;
  return {
    ...split(given.get("q") ?? ""),
    tab,
    severity: severities.find((one) => one === given.get("severity")) ?? "",
    order: given.get("order") === "time" ? "time" : "severity",
    group: list("group"),
    clusters: list("cluster"),
    open: given.get("a") ?? "",
  };
}

/** Return the path of a window of the list. */
export function listPath(
  asked: FeedQuery,
  window: { after?: string; limit: number; facets?: boolean; plain?: boolean },
): string {
  const base = query({
    tab: asked.tab,
    q: searchOf(asked),
    severity: asked.severity,
    order: asked.order,
    group: window.plain ? "" : asked.group.join(","),
    after: window.after,
    limit: window.limit,
    facets: window.facets ? 1 : "",
  });
  return `/api/alarms${base}${asked.clusters.map((id) => `&cluster=${encodeURIComponent(id)}`).join("")}`;
}
