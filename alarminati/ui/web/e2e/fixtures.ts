import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";

/** The moment at which the fixture stands still. */
export const NOW = new Date("2026-11-30T10:14:20+09:00");
const ROOT = new URL("../../../../", import.meta.url).pathname;

export type Scenario = "day" | "storm" | "empty" | "offline" | "calm";

/** A fixture server: made-up data behind the real page. */
export class Server {
  constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  /** Tell the fixture what a test wishes. */
  async wish<T>(name: string, body: object = {}): Promise<T> {
    const headers = { "X-Alarminati": "1", "Content-Type": "application/json" };
    const answer = await fetch(`${this.url}/fixture/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
    return (await answer.json()) as T;
  }

  stop(): void {
    this.process.kill("SIGTERM");
  }
}

/** Start a server of its own and wait until it has said where it listens. */
export async function startServer(): Promise<Server> {
  const started = spawn(process.env.PYTHON ?? "python3", ["-m", "tests.support.ui"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: started.stdout })) return new Server(line.trim(), started);
  throw new Error("the fixture server said nothing");
}

interface Fixtures {
  /** Where the page asked for something, but the fixture server; must stay empty. */
  outside: string[];
  begin: (scenario: Scenario, wishes?: object) => Promise<void>;
}

/** Every test fails on a request to anybody else and on an error of the page. */
export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      server.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  outside: [
    async ({ context, server }, use) => {
      const outside: string[] = [];
      const errors: string[] = [];
      watch(context, server.url, outside, errors);
      await use(outside);
      expect(outside, "requests to others").toEqual([]);
      expect(errors, "errors of the page").toEqual([]);
    },
    { auto: true },
  ],
  begin: async ({ page, server }, use) => {
    await use(async (scenario, wishes = {}) => {
      await server.wish("reset", {
        scenario,
        settings: { language: "ko", theme: "system", density: "normal", keys: {}, shortcuts: true },
        ...wishes,
      });
      await page.clock.setFixedTime(NOW);
    });
  },
});

function watch(context: BrowserContext, home: string, outside: string[], errors: string[]): void {
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${home}/`) && !url.startsWith("data:")) outside.push(url);
  });
  context.on("page", (page) => listen(page, errors));
  for (const page of context.pages()) listen(page, errors);
}

function listen(page: Page, errors: string[]): void {
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    const text = message.text();
    if (/Content Security Policy|violates/.test(text)) errors.push(text);
  });
}

export { expect };
export const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });
