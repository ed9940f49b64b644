// Holds a Kafka of its own: prints its pid and folder, exits without stopping it on any input.
import { startKafka } from "../../../src/sandbox/kafka.js";

const kafka = await startKafka();
process.stdout.write(`${JSON.stringify({ pid: kafka.pid, dir: kafka.dir })}\n`);
process.stdin.once("data", () => process.exit(0));
