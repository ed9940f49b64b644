import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The same messages without the rules of their fields, which are most of the descriptors' weight. */
const BROWSER_MESSAGES = fileURLToPath(new URL("../../gen/browser/", import.meta.url));

/** Relative addresses, so that the page also works behind a proxy's path prefix. */
// eslint-disable-next-line no-restricted-syntax -- Vite wants it so
export default defineConfig({
  base: "./",
  resolve: { alias: [{ find: /^#gen\//, replacement: BROWSER_MESSAGES }] },
  build: {
    outDir: "../../dist/dashboard",
    emptyOutDir: true,
    target: "es2022",
    // what the page's policy for content forbids: an asset as a data: address
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
  },
});
