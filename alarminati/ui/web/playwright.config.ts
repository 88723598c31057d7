import { defineConfig } from "@playwright/test";

/** Two workers with a fixture server each; tests/ui/test_page.py calls this. */
export default defineConfig({
  testDir: "e2e",
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["line"]],
  outputDir: process.env.ALARMINATI_E2E_OUTPUT ?? "node_modules/.e2e",
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
    },
    locale: "ko-KR",
    timezoneId: "Asia/Seoul",
    viewport: { width: 1440, height: 900 },
    serviceWorkers: "block",
    contextOptions: { reducedMotion: "reduce" },
    screenshot: "off",
    trace: "off",
  },
});
