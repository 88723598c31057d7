import { expect, row, startServer, test } from "./fixtures";

test("the list does not move under the hand", async ({ page, begin, server }) => {
  await begin("day");
  await page.goto("/");
  await row(page, "결제 API 5xx").click();
  await expect(page.locator(".pane .title")).toHaveText("결제 API 5xx 비율 12 % (기준 2 %)");
  const place = () => row(page, "결제 API 5xx").boundingBox();
  const before = await place();
  await server.wish("alarms", { count: 12 });
  const fresh = page.getByRole("button", { name: /새 알람 12건 보기/ });
  await expect(fresh).toBeVisible();
  expect(await place()).toEqual(before);
  await page.keyboard.press(".");
  await expect(fresh).toHaveCount(0);
  await expect(row(page, "새 알람").first()).toBeVisible();
});

test("new alarms appear at once while nobody holds the list", async ({ page, begin, server }) => {
  await begin("day");
  await page.goto("/");
  await expect(row(page, "결제 API 5xx")).toBeVisible();
  await server.wish("alarms", { count: 3 });
  await expect(row(page, "새 알람")).toHaveCount(3);
  await expect(page.getByRole("tab", { name: /처리할 것/ })).toContainText("18");
});

test("a hundred thousand alarms are scrolled with few rows in the document", async ({ page, begin }) => {
  await begin("day");
  await page.goto("/?tab=all");
  await expect(page.getByRole("grid")).toHaveAttribute("aria-rowcount", "104312");
  const list = page.locator("#list");
  await list.evaluate((element) => element.scrollTo({ top: 40 * 3000 }));
  await expect(row(page, "지난 알람").first()).toBeVisible({ timeout: 10_000 });
  expect(await page.locator(".row").count()).toBeLessThan(80);
});

test("search, chips and severities narrow the list and can be dropped one by one", async ({ page, begin }) => {
  await begin("day");
  await page.goto("/");
  await expect(row(page, "결제 API 5xx")).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type('env!="dev" replica');
  await page.keyboard.press("Enter");
  await expect(page.locator(".chip")).toContainText("env ≠ dev");
  await expect(page.locator(".row mark")).toHaveCount(0);
  await expect(row(page, "주문 DB 복제 지연")).toBeVisible();
  await page.goto("/?q=nothing-like-this&severity=ERROR");
  await expect(page.getByText("조건에 맞는 알람이 없습니다")).toBeVisible();
  await page.getByRole("button", { name: "nothing-like-this 빼기" }).click();
  await expect(row(page, "결제 API 5xx")).toBeVisible();
});

test("silence can be told from deafness", async ({ page, begin }) => {
  await begin("calm");
  await page.goto("/");
  await expect(page.getByText("마지막 알람 3시간 전. 클러스터 6개 모두 정상, 3초 전 확인.")).toBeVisible();
});

test("a silent cluster is first, and its alarms keep their place", async ({ page, begin, server }) => {
  await begin("day");
  await page.goto("/");
  await expect(page.locator(".strip .cl").first()).toContainText("busan-1");
  await server.wish("silent", { cluster: "map-1" });
  await expect(page.locator(".strip .cl.is-silent")).toHaveCount(2);
  await expect(row(page, "이미지 풀 실패").locator(".age svg")).toBeVisible();
});

test("acts on a cluster that is not heard are queued and say so; a viewer's are refused", async ({ page, begin }) => {
  await begin("day");
  await page.goto("/");
  await row(page, "etcd 백업").click();
  await page.keyboard.press("a");
  await expect(page.getByText("1건은 클러스터가 돌아오면 보냅니다")).toBeVisible();
  await expect(row(page, "etcd 백업")).toContainText("확인, 돌아오면 보냄");
  await row(page, "이미지 풀 실패").click();
  await expect(page.locator(".pane").getByRole("button", { name: "확인", exact: false }).first()).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  await expect(page.locator(".pane").getByText("operator 권한이 필요합니다").first()).toBeVisible();
});

test("a storm is read by groups, and the last of them is reached", async ({ page, begin }) => {
  await begin("storm");
  await page.goto("/");
  await expect(page.getByRole("treegrid")).toHaveAttribute("aria-rowcount", "12340");
  await expect(page.locator(".storm .fig")).toContainText("12,340");
  await expect(page.locator(".row.grp:not(.th)")).toHaveCount(12);
  await row(page, "AgentCertificate").click();
  await expect(row(page, "에이전트 인증서 3일 뒤 만료")).toBeVisible();
});

test("six tabs read one stream", async ({ context, begin, server, page }) => {
  await begin("day");
  await page.goto("/");
  for (let count = 0; count < 5; count += 1) {
    const other = await context.newPage();
    await other.goto("/");
    await expect(other.locator(".row").first()).toBeVisible();
  }
  const streams = async () => (await server.wish<{ streams: number }>("sent")).streams;
  await expect.poll(streams).toBe(1);
  await server.wish("alarms", { count: 1 });
  for (const tab of context.pages()) {
    await tab.bringToFront();
    await expect(tab.getByRole("tab", { name: /처리할 것/ })).toContainText("16");
  }
  await page.close();
  await expect.poll(streams).toBe(1);
  await server.wish("alarms", { count: 1 });
  const left = context.pages()[0];
  await left?.bringToFront();
  await expect(left?.getByRole("tab", { name: /처리할 것/ }) ?? page.locator("nothing")).toContainText("17");
});

test("the list stays when the app ends, with a line that says how to start it", async ({ page }) => {
  const own = await startServer();
  await page.clock.setFixedTime(new Date("2026-11-30T10:14:20+09:00"));
  page.context().removeAllListeners("request"); // this server is another one on purpose
  await page.goto(own.url);
  await expect(row(page, "결제 API 5xx")).toBeVisible();
  own.stop();
  await expect(page.getByRole("alert")).toContainText("alarminati ui");
  await expect(row(page, "결제 API 5xx")).toBeVisible();
});

for (const width of [320, 390, 720, 1024, 1100, 1440]) {
  test(`no page scrolls sideways at ${width} px`, async ({ page, begin }) => {
    await begin("day");
    await page.setViewportSize({ width, height: 800 });
    const paths =
      width === 320 || width === 1100
        ? ["/", "/clusters", "/channels", "/silences", "/statistics", "/settings", "/join"]
        : ["/", "/clusters"];
    for (const path of paths) {
      await page.goto(path);
      await page.locator(".row, .page").first().waitFor();
      const room = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(room, path).toBe(0);
      const inside = await page.evaluate(() => {
        const body = document.querySelector(".page");
        return body ? body.scrollWidth - body.clientWidth : 0;
      });
      expect(inside, path).toBeLessThanOrEqual(0);
    }
  });
}
