#!/usr/bin/env node
// Writes docs/images/app-*.png: the built page over the fixture of the tests, at a moment that stands
// still. Needs `make tools`, Debian's chromium, fonts-noto-cjk and pngquant.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { chromium } = createRequire(join(root, ".tools/web/node_modules/"))("@playwright/test");
const folder = join(root, "docs/images");
const NOW = new Date("2026-11-30T10:14:20+09:00");

// name, path, scenario, theme, language, keys pressed, size
const PICTURES = [
  ["feed-light-ko", "/?q=env!%3D%22dev%22", "day", "light", "ko", ["j", "j", "Enter"]],
  ["feed-dark-en", "/?q=env!%3D%22dev%22", "day", "dark", "en", ["j", "j", "Enter"]],
  ["alarm-light-ko", "/", "day", "light", "ko", ["j", "j", "Enter", "Enter"], [1440, 1000]],
  ["alarm-dark-en", "/", "day", "dark", "en", ["j", "j", "Enter", "Enter"], [1440, 1000]],
  ["storm-light-ko", "/", "storm", "light", "ko", ["j", "Enter"]],
  ["storm-dark-en", "/", "storm", "dark", "en", ["j", "Enter"]],
  ["first-light-ko", "/", "empty", "light", "ko", []],
  ["first-dark-en", "/", "empty", "dark", "en", []],
  ["clusters-light-ko", "/clusters", "day", "light", "ko", []],
  ["clusters-light-en", "/clusters", "day", "light", "en", []],
  ["silence-light-ko", "/?q=%EC%A4%80%EB%B9%84%EB%90%98%EC%A7%80", "pods", "light", "ko", ["j", "x", "Shift+J", "Shift+J", "Shift+J", "Shift+J", "s"]],
  ["phone-light-ko", "/", "day", "light", "ko", [], [390, 844]],
];

const server = spawn(process.env.PYTHON ?? join(root, ".venv/bin/python"), ["-m", "tests.support.ui"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
const [url] = await new Promise((resolve) => createInterface({ input: server.stdout }).once("line", (line) => resolve([line])));
const wish = (name, body) => fetch(`${url}/fixture/${name}`, { method: "POST", headers: { "X-Alarminati": "1" }, body: JSON.stringify(body) });

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  for (const [name, path, scenario, theme, language, keys, [width, height] = [1440, 900]] of PICTURES) {
    await wish("reset", { scenario: scenario === "pods" ? "day" : scenario, settings: { language, theme } });
    if (scenario === "pods") await wish("pods", {});
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      locale: language === "ko" ? "ko-KR" : "en-US",
      timezoneId: "Asia/Seoul",
      reducedMotion: "reduce",
      deviceScaleFactor: width < 500 ? 2 : 1,
    });
    const page = await context.newPage();
    await page.clock.setFixedTime(NOW);
    await page.goto(url + path);
    await page.locator(".row, .first, .why li").first().waitFor();
    await page.waitForTimeout(500);
    for (const key of keys) {
      await page.keyboard.press(key);
      await page.waitForTimeout(200);
    }
    await page.waitForTimeout(500);
    const file = join(folder, `app-${name}.png`);
    await page.screenshot({ path: file });
    execFileSync("pngquant", ["--force", "--strip", "--speed", "1", "--output", file, "96", file]);
    await context.close();
  }
} finally {
  await browser.close();
  server.kill("SIGTERM");
}
