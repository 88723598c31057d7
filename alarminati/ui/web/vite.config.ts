import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/* Browsers of 2024: light-dark(), color-mix(), :has() and container queries are used as they are. */
const BROWSERS = ["chrome123", "edge123", "firefox128", "safari17.5"];

/** Ends files as every text of the tree ends. */
const newlines: Plugin = {
  name: "newlines",
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === "chunk") file.code = `${file.code.trimEnd()}\n`;
      else if (typeof file.source === "string") file.source = `${file.source.trimEnd()}\n`;
    }
  },
};

export default defineConfig({
  plugins: [react(), newlines],
  build: {
    target: BROWSERS,
    modulePreload: { polyfill: false },
    // Data URIs are not 'self': the content security policy would refuse them.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    license: { fileName: "licenses.md" },
  },
  test: {
    environment: "happy-dom",
    testTimeout: 60_000,
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
