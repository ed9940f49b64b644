import { provideJava } from "../../src/sandbox/java.js";
import { provideKafka } from "../../src/sandbox/kafka-package.js";
import { provideMilvus } from "../../src/sandbox/milvus-package.js";
import { toolchainContext } from "./toolchain-context.js";

// Fetches what the server suites run on: each of those that run side by side would fetch it for itself.
const context = toolchainContext();
await provideMilvus(context);
await provideKafka(await provideJava(context), context);
