import type { Page } from "@playwright/test";
import { expect, row, test } from "./fixtures";

interface Sent {
  method: string;
  path: string;
  body: {
    kind?: string;
    targets?: { fingerprint: string }[];
    matchers?: string[];
    clusters?: string[];
    comment?: string;
    invitation?: string;
  };
}

const sent = async (server: { wish: <T>(name: string) => Promise<T> }) =>
  (await server.wish<{ sent: Sent[] }>("sent")).sent;

/** Press a key as a Hangul keyboard reports it: another letter, the same place. */
async function hangul(page: Page, code: string, letter: string): Promise<void> {
  await page.evaluate(
    ({ place, key }) => {
      const target = document.activeElement ?? document.body;
      target.dispatchEvent(new KeyboardEvent("keydown", { code: place, key, bubbles: true, cancelable: true }));
    },
    { place: code, key: letter },
  );
}

test("ten alarms are triaged without a mouse, on a Hangul keyboard", async ({ page, begin, server }) => {
  await begin("day");
  await page.goto("/");
  const tab = page.getByRole("tab", { name: /처리할 것/ });
  await expect(tab).toContainText("15");
  await expect(page.locator(".row").nth(10)).toBeVisible();
  const before = (await sent(server)).length;
  await hangul(page, "KeyJ", "ㅓ");
  await hangul(page, "KeyJ", "ㅓ");
  await expect(row(page, "결제 API 5xx")).toBeFocused();
  for (let count = 1; count <= 5; count += 1) {
    await hangul(page, "KeyA", "ㅁ");
    await hangul(page, "KeyJ", "ㅓ");
    await hangul(page, "KeyK", "ㅏ");
    await hangul(page, "KeyE", "ㄷ");
    await expect(tab).toContainText(String(15 - 2 * count));
  }
  await expect.poll(async () => (await sent(server)).length - before).toBe(10);
  const kinds = (await sent(server)).slice(before).map(({ body }) => body.kind);
  expect(kinds.filter((kind) => kind === "done")).toHaveLength(5);
  expect(kinds.filter((kind) => kind === "ack")).toHaveLength(5);
  const targets = (await sent(server)).slice(before).flatMap(({ body }) => body.targets ?? []);
  expect(new Set(targets.map(({ fingerprint }) => fingerprint)).size).toBe(10);
});

test("what was put away comes back by one key", async ({ page, begin }) => {
  await begin("day");
  await page.goto("/");
  await expect(row(page, "결제 API 5xx")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await expect(row(page, "결제 API 5xx")).toHaveCount(0);
  await expect(page.getByText("1건을 치웠습니다")).toBeVisible();
  await page.keyboard.press("z");
  await expect(row(page, "결제 API 5xx")).toBeVisible();
});

test("a selection is silenced without a mouse", async ({ page, begin, server }) => {
  await begin("day");
  await server.wish("pods");
  await page.goto("/");
  await expect(row(page, "pay-api-7c9f")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("준비되지");
  await expect(page.getByRole("tab", { name: /처리할 것/ })).toContainText("15");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  for (let count = 0; count < 4; count += 1) await page.keyboard.press("Shift+J");
  await expect(page.getByText("5건 선택")).toBeVisible();
  await page.keyboard.press("s");
  await expect(page.getByText("선택 5건 + 그 밖에 4건이 해당")).toBeVisible();
  await expect(page.locator(".row.match")).toHaveCount(4);
  await expect(page.getByRole("textbox", { name: "이유" })).toBeFocused();
  await page.keyboard.type("랙 b2 전원 작업");
  await page.keyboard.press("Enter");
  await expect(page.getByText("클러스터 1개에서 알림을 껐습니다")).toBeVisible();
  const last = (await sent(server)).at(-1);
  expect(last?.path).toBe("api/silences");
  expect(last?.body.clusters).toEqual(["seoul-1"]);
  expect(last?.body.comment).toBe("랙 b2 전원 작업");
  expect(last?.body.matchers).toEqual(['alertname="KubePodNotReady"', 'namespace="pay"', 'env="prod"']);
});

test("a cluster is joined by pasting, and permission is asked only then", async ({ page, begin, server, context }) => {
  await begin("empty", { step_seconds: 0 });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "아직 연결된 클러스터가 없습니다" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "초대장" })).toBeFocused();
  await page.evaluate(() => navigator.clipboard.writeText("alarminati-invite:abc.def"));
  await page.keyboard.press("Control+V");
  await page.keyboard.press("Enter");
  await expect(page.getByText("w-sharing seoul-1에 가입했습니다")).toBeVisible();
  await expect(page.locator(".steps .ok")).toHaveCount(5);
  await expect(page.getByRole("button", { name: "알림 받기" })).toBeVisible();
  expect(page.url()).not.toContain("invite");
  expect((await sent(server)).at(-1)?.body.invitation).toBe("alarminati-invite:abc.def");
});

test("an invitation pasted anywhere is taken, and a failure is a sentence", async ({ page, begin }) => {
  await begin("day", { step_seconds: 0 });
  await page.goto("/statistics");
  await page.getByRole("heading", { name: "통계" }).waitFor();
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", "alarminati-invite:broken");
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await expect(page.getByText("초대장의 기한이 지났습니다. 새 초대장을 받으세요.")).toBeVisible();
});

test("keys can be switched off and changed", async ({ page, begin, server }) => {
  await begin("day");
  await page.goto("/settings");
  await page.getByText("모든 키").click();
  await page.getByRole("button", { name: /^통계: / }).click();
  await page.keyboard.press("w");
  await page.getByRole("heading", { name: "설정" }).click();
  await page.keyboard.press("w");
  await expect(page.getByRole("heading", { name: "통계" })).toBeVisible();
  await server.wish("reset", { settings: { shortcuts: false } });
  await page.goto("/");
  await expect(row(page, "결제 API 5xx")).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(`${server.url}/`);
});
