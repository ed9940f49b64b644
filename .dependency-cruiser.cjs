// The folders are the architecture; these rules keep imports pointing one way:
// main → app → server → engine → ports of source, order, sink, metastore → model.
const only = (from, ...allowed) => ({
  name: `${from}-imports-only`,
  severity: "error",
  comment: `src/${from} may import only ${allowed.join(", ") || "nothing of ours"}`,
  from: { path: `^src/${from}/` },
  to: { path: "^(src|gen)/", pathNot: [`^src/${from}/`, ...allowed].map((p) => p.replace(/^src:/, "^src/")) },
});
const src = (p) => `^src/${p}`;
const gen = (p) => `^gen/es/${p}`;
const ports = [
  src("source/[^/]+\\.ts$"),
  src("sink/[^/]+\\.ts$"),
  src("metastore/[^/]+\\.ts$"),
  src("order/"),
];

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "main-is-a-leaf", severity: "error", from: {}, to: { path: "^src/main\\.ts$" } },
    {
      name: "app-only-from-serve",
      severity: "error",
      from: { pathNot: "^(src/serve\\.ts|test/)" },
      to: { path: "^src/app\\.ts$" },
    },
    { name: "no-tests-in-src", severity: "error", from: { path: "^src/" }, to: { path: "^test/" } },
    only("model"),
    only("async", src("model/")),
    only("config", src("model/")),
    only("observability", src("model/"), src("async/")),
    only("order", src("model/")),
    only("source", src("model/"), src("async/"), gen("milvus/wire/"), src("milvus/")),
    only("sink", src("model/"), src("async/"), gen("milvus/wire/"), src("milvus/")),
    only("milvus", src("model/"), src("async/"), gen("milvus/wire/")),
    only("metastore", src("model/"), src("async/")),
    only("engine", src("model/"), src("async/"), src("observability/"), ...ports),
    only(
      "verify",
      src("model/"),
      src("async/"),
      src("source/[^/]+\\.ts$"),
      src("milvus/"),
      gen("milvus/wire/"),
    ),
    only("server", src("model/"), src("async/"), src("observability/"), src("engine/[^/]+\\.ts$"), gen("")),
    only("tracing", src("model/"), src("sink/[^/]+\\.ts$")),
    only("doctor", src("model/"), src("async/"), src("source/[^/]+\\.ts$")),
    only("client", gen("milvus/cdc/")),
    only(
      "cli",
      src("model/"),
      src("async/"),
      src("client/"),
      src("doctor/finding\\.ts$"),
      gen("milvus/cdc/"),
    ),
    only("dashboard", src("async/"), src("client/"), gen("milvus/cdc/"), gen("google/rpc/")),
    // it is built and bound by itself
    {
      name: "dashboard-is-a-leaf",
      severity: "error",
      from: { pathNot: "^src/dashboard/" },
      to: { path: "^src/dashboard/" },
    },
    only("quickstart", src("sandbox/"), src("model/"), src("async/"), src("config/")),
    only("sandbox", src("model/"), src("async/"), src("config/"), src("app\\.ts$"), gen("milvus/cdc/")),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node"] },
  },
};
