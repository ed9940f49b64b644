import type { Config } from "./config/config.js";
import { loadConfig } from "./config/load-config.js";
import { createLogger, type Logger } from "./observability/logger.js";

/** Runs the service until it is told to stop; SIGHUP makes it read its configuration again. */
export async function serve(path: string | undefined): Promise<void> {
  const config = loadConfig(path, process.env);
  let { level } = config.log;
  const logger = createLogger({ level: () => level });
  // the other commands need next to nothing of it, and answer sooner without
  const starting = import("./app.js").then(({ startApp }) => startApp(config, logger));
  process.on("SIGHUP", () => {
    const again = readAgain(path, logger);
    if (again === undefined) return;
    ({ level } = again.log);
    void starting.then((app) => app.reload(again)).catch(() => undefined); // told below when it did not start
  });
  const app = await starting;
  logger.info({ ...app.address, metastore: config.metastore.path }, "serving");
  const signal = await nextSignal();
  logger.info({ signal }, "stopping");
  await app.stop();
  logger.info("stopped");
}

/** The level of the log, who is answered, and certificates may change while the service runs; the rest waits for a restart. */
function readAgain(path: string | undefined, logger: Logger): Config | undefined {
  try {
    const config = loadConfig(path, process.env);
    logger.info(
      { logLevel: config.log.level, tokens: config.auth?.tokens.length },
      "configuration read again",
    );
    return config;
  } catch (error) {
    logger.error({ err: error }, "configuration not read again");
    return undefined;
  }
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => resolve(signal));
  });
}
