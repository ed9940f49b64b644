import { defineConfig } from "vite";

/** Relative addresses, so that the page also works behind a proxy's path prefix. */
// eslint-disable-next-line no-restricted-syntax -- Vite wants it so
export default defineConfig({
  base: "./",
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
