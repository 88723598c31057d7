import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type { AxeResults } from "axe-core";
import { expect, type Scenario, test } from "./fixtures";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface View {
  name: string;
  path: string;
  scenario?: Scenario;
  ready: string;
  open?: (page: Page) => Promise<void>;
}

const VIEWS: View[] = [
  { name: "feed", path: "/", ready: ".row" },
  { name: "held", path: "/?tab=muted", ready: ".row" },
  { name: "no hits", path: "/?q=nothing-like-this", ready: ".empty" },
  {
    name: "pane",
    path: "/",
    ready: ".row",
    open: async (page) => {
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.locator(".pane .tl").waitFor();
    },
  },
  {
    name: "composer",
    path: "/",
    ready: ".row",
    open: async (page) => {
      for (const key of ["j", "j", "x", "s"]) await page.keyboard.press(key);
      await page.locator(".preview .sum").waitFor();
    },
  },
  { name: "storm", path: "/", scenario: "storm", ready: ".row.grp.critical" },
  { name: "offline", path: "/", scenario: "offline", ready: ".banner" },
  { name: "first", path: "/", scenario: "empty", ready: ".first" },
  { name: "clusters", path: "/clusters", ready: ".why li" },
  { name: "channels", path: "/channels", ready: ".item" },
  { name: "silences", path: "/silences", ready: ".item" },
  { name: "statistics", path: "/statistics", ready: ".chart" },
  { name: "settings", path: "/settings", ready: ".set .company" },
  {
    name: "help",
    path: "/",
    ready: ".row",
    open: (page) => page.keyboard.press("Shift+Slash").then(() => page.locator(".keys").waitFor()),
  },
  {
    name: "palette",
    path: "/",
    ready: ".row",
    open: (page) => page.keyboard.press("Control+k").then(() => page.getByRole("option").first().waitFor()),
  },
];

async function faults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const results = await page.evaluate(
    (tags) =>
      (window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } }).axe.run({
        runOnly: tags,
        resultTypes: ["violations"],
      }),
    TAGS,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} @ ${node.html.slice(0, 160)}`),
  );
}

for (const { name, path, scenario = "day", ready, open } of VIEWS) {
  test(`${name} has no fault that axe finds, in two languages and themes`, async ({ page, begin, server }) => {
    await begin(scenario);
    const found: string[] = [];
    for (const language of ["ko", "en"]) {
      await server.wish("reset", { scenario, settings: { language, theme: "light" } });
      await page.goto(path);
      await page.locator(ready).first().waitFor();
      await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
      await open?.(page);
      for (const theme of ["light", "dark"] as const) {
        await page.evaluate((wanted) => {
          document.documentElement.dataset.theme = wanted;
        }, theme);
        await page.evaluate(() => document.fonts.ready);
        found.push(...(await faults(page)).map((fault) => `${language} ${theme} ${fault}`));
      }
    }
    expect(found).toEqual([]);
  });
}
