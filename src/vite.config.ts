import { defineConfig } from "vite";

/**
 * Packages of many small modules, which take half of the time in which the service starts when they are loaded one by one.
 * They stay dependencies, so that their licences come along and advisories are found.
 */
const BUNDLED = [/^@bufbuild\//, /^@connectrpc\//, /^cli-progress$/, /^commander$/, /^yaml$/, /^zod$/];

// eslint-disable-next-line no-restricted-syntax -- Vite wants it so
export default defineConfig({
  // `import.meta` is Node's here, and so is the environment
  ssr: { target: "node", noExternal: BUNDLED },
  build: {
    ssr: true,
    outDir: "../dist",
    emptyOutDir: false,
    target: "node20",
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: {
        main: "src/main.ts",
        "quickstart/quickstart-main": "src/quickstart/quickstart-main.ts",
      },
      // modules find the dashboard beside themselves
      output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
    },
  },
});
