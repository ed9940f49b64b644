import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../support/eventually.js";
import type { LinkConditions } from "../../support/fault-line.js";
import { allowFileWrites, forbidFileWrites } from "../../support/file-size-limit.js";
import type { Fault, ServerName } from "./fault.js";
import { killSource, killTarget } from "./milvus-kills.js";
import { revive } from "../../support/revive.js";

const SERVERS: readonly ServerName[] = ["source", "target", "kafka"];
const HOUR_MS = 3_600_000;

/** A process that is halted for longer than its session (15 s) ends itself. */
const MAX_HALT_MS = 9_000;

/** A fault that nobody has felt is no fault: it lasts until then, also while another one keeps everybody from it. */
const FELT_TIMEOUT_MS = 90_000;

const SERVICE_FAULTS: readonly Fault[] = [
  {
    name: "service killed",
    subjects: ["service"],
    maxMs: 2_000,
    happen: async ({ servers: { service } }, lastsMs) => {
      await service.end("SIGKILL");
      await delay(lastsMs);
      const backAtMs = performance.now();
      await service.launch();
      return backAtMs;
    },
  },
  {
    name: "service halted",
    subjects: ["service"],
    maxMs: 20_000,
    happen: ({ servers: { service } }, lastsMs) =>
      during(
        lastsMs,
        () => void process.kill(service.pid, "SIGSTOP"),
        () => void process.kill(service.pid, "SIGCONT"),
      ),
  },
  {
    name: "disk of the metastore full",
    subjects: ["service"],
    maxMs: 10_000,
    happen: ({ servers: { service } }, lastsMs) => {
      const logged = service.log.length;
      return during(
        lastsMs,
        () => forbidFileWrites(service.pid),
        () => allowFileWrites(service.pid),
        () => service.log.includes("METASTORE_UNAVAILABLE", logged),
      );
    },
  },
  clockStep("clock an hour ahead", HOUR_MS),
  clockStep("clock an hour behind", -HOUR_MS),
];

const KILLS: readonly Fault[] = [
  {
    name: "kafka killed",
    subjects: ["kafka"],
    maxMs: 4_000,
    happen: async ({ servers: { kafka } }, lastsMs) => {
      await kafka.kill();
      await delay(lastsMs);
      await revive(kafka);
      return performance.now();
    },
  },
  // it is made to flush first, which needs Kafka
  { name: "source killed", subjects: ["source", "kafka"], maxMs: 4_000, happen: killSource },
  { name: "target killed", subjects: ["target", "link to target"], maxMs: 4_000, happen: killTarget },
];

/** Everything that can go wrong. */
export const FAULTS: readonly Fault[] = [
  ...SERVICE_FAULTS,
  ...KILLS,
  ...SERVERS.flatMap((name) => [
    halted(name),
    disturbed(name, "cut", 8_000, { isCut: true }),
    disturbed(name, "silent", 25_000, { isSilent: true }),
    disturbed(name, "slow", 15_000, { delayMs: 400 }),
    disturbed(name, "narrow", 10_000, { bytesPerSecond: 60_000 }),
  ]),
  // Kafka's answers are only read
  losingAnswers("source"),
  losingAnswers("target"),
];

function clockStep(name: string, ms: number): Fault {
  return {
    name,
    subjects: ["service"],
    maxMs: 10_000,
    happen: ({ servers: { service, clock } }, lastsMs) =>
      during(
        lastsMs,
        () => clock.setWrongBy(ms, service.pid),
        () => clock.setWrongBy(0, service.pid),
      ),
  };
}

function halted(name: ServerName): Fault {
  return {
    name: `${name} halted`,
    subjects: [name],
    maxMs: MAX_HALT_MS,
    happen: ({ servers }, lastsMs) =>
      during(
        lastsMs,
        () => servers[name].kill("SIGSTOP"),
        () => servers[name].kill("SIGCONT"),
      ),
  };
}

function disturbed(name: ServerName, how: string, maxMs: number, conditions: LinkConditions): Fault {
  return {
    name: `link to ${name} ${how}`,
    subjects: [`link to ${name}`],
    maxMs,
    happen: ({ servers: { links } }, lastsMs) =>
      during(
        lastsMs,
        () => links[name].become(conditions),
        () => links[name].heal(),
      ),
  };
}

function losingAnswers(name: "source" | "target"): Fault {
  return {
    name: `link to ${name} losing answers`,
    subjects: [`link to ${name}`],
    maxMs: 6_000,
    happen: ({ servers: { links } }, lastsMs) => {
      const link = links[name];
      const lost = link.lostAnswers;
      return during(
        lastsMs,
        () => link.become({ losesAnswers: true }),
        () => link.heal(),
        () => link.lostAnswers > lost,
      );
    },
  };
}

async function during(
  ms: number,
  begin: () => void | Promise<void>,
  end: () => void | Promise<void>,
  isFelt: () => boolean = () => true,
): Promise<number> {
  await begin();
  try {
    await delay(ms);
    await eventually(() => assert.ok(isFelt(), "nobody felt the fault"), FELT_TIMEOUT_MS);
  } finally {
    await end();
  }
  return performance.now();
}
