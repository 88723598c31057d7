// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const DIST = join(import.meta.dirname, "..", "dist");
const FIRST_LOAD = 100_000;
const EVERYTHING = 200_000;

const size = (file: string) => brotliCompressSync(readFileSync(join(DIST, file))).length;
const assets = readdirSync(join(DIST, "assets")).map((name) => join("assets", name));

describe("what is built", () => {
  it("stays within its budgets, compressed", () => {
    const page = readFileSync(join(DIST, "index.html"), "utf8");
    const named = [...page.matchAll(/\/(assets\/[^"]+)/g)].map(([, file]) => file ?? "");
    const catalogues = assets.filter((file) => /\/(ko|en)-/.test(file)).map(size);
    const first = [...named, "index.html"].reduce((sum, file) => sum + size(file), 0) + Math.max(...catalogues);
    const all = assets.reduce((sum, file) => sum + size(file), 0);
    expect(named.length).toBeGreaterThan(1);
    expect(first, "first load").toBeLessThanOrEqual(FIRST_LOAD);
    expect(all, "all chunks").toBeLessThanOrEqual(EVERYTHING);
  });

  it("has no inline script or style, and names no other host to load from", () => {
    const page = readFileSync(join(DIST, "index.html"), "utf8");
    expect(page).not.toMatch(/<script(?![^>]*src=)|<style|style=|https?:/);
    for (const file of assets.filter((name) => name.endsWith(".css"))) {
      expect(readFileSync(join(DIST, file), "utf8"), file).not.toMatch(/url\(|@import/);
    }
  });
});
