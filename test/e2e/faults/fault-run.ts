import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { becomesEqual } from "../../support/e2e-compare.js";
import { Random } from "../../support/random.js";
import type { Fault } from "./fault.js";
import { revive } from "../../support/revive.js";
import { describeRound, planRounds, type PlannedFault, type Round } from "./fault-plan.js";
import { FaultLoad } from "./fault-load.js";
import { FaultServers } from "./fault-servers.js";
import { RecoveryProbe, type Recovery } from "./recovery.js";

/** What a run is made of. */
export interface RunOptions {
  readonly seed: number;
  /** Whether a round is begun after so many, and so many ms. */
  readonly goesOn: (rounds: number, elapsedMs: number) => boolean;
  readonly faults: readonly Fault[];
  /** Of the longest time that faults may last. */
  readonly share: number;
  /** How many of ten rounds hold two faults. */
  readonly pairing: number;
  readonly tell: (line: string) => void;
}

/** Of a task that was made to forget nothing, but had a long way to catch up. */
const EQUAL_TIMEOUT_MS = 240_000;
/** Both sides are compared after so many rounds, so that a fault is seen near its cause. */
const COMPARE_EVERY = 8;

/** One run of load and faults; throws when the target does not become equal by itself. */
export async function runFaults(options: RunOptions): Promise<void> {
  const { seed, tell } = options;
  tell(`seed ${seed}`);
  const startMs = performance.now();
  await using servers = await FaultServers.start(tell);
  try {
    await new FaultRun(servers, options).run();
    tell(`equal after ${Math.round((performance.now() - startMs) / 1000)} s`);
  } catch (error) {
    process.env["KEEP_E2E"] = "1";
    tell(`FAILED with seed ${seed}; the service's folder is kept: ${servers.service.folder}`);
    throw error;
  }
}

class FaultRun {
  readonly #servers: FaultServers;
  readonly #options: RunOptions;
  readonly #recoveries = new Map<string, Recovery[]>();

  constructor(servers: FaultServers, options: RunOptions) {
    this.#servers = servers;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { seed, goesOn, faults, share, pairing, tell } = this.#options;
    const taskId = await this.#servers.createTask();
    await using load = await FaultLoad.prepare(this.#servers.sourceClient, seed);
    const probe = await RecoveryProbe.prepare(this.#servers);
    const startMs = performance.now();
    load.start();
    let count = 0;
    for (const round of planRounds(new Random(seed), faults, { share, pairing })) {
      if (!goesOn(count, performance.now() - startMs)) break;
      count++;
      tell(`round ${count}: ${describeRound(round)}`);
      this.#note(round, await this.#happen(round, load, probe));
      if (count % COMPARE_EVERY !== 0) continue;
      await this.#compare(load);
      load.start();
    }
    await this.#compare(load);
    await this.#checkTasks(taskId);
    tell(
      `${count} rounds, ${load.rows} rows inserted, ${load.steps} steps, ${load.failures} operations failed`,
    );
    assert.ok(load.rows > 0, "there was no load");
    this.#tellRecoveries();
  }

  async #happen(round: Round, load: FaultLoad, probe: RecoveryProbe): Promise<Recovery> {
    const ends = await Promise.all(round.map((planned) => this.#happenLater(planned, load)));
    const { kafka, source, target } = this.#servers;
    for (const server of [kafka, source, target]) {
      if (server.isRunning) continue;
      this.#options.tell(`${server.name} had ended by itself; it is started again`);
      await revive(server);
      ends.push(performance.now());
    }
    const isOfServers = ({ fault }: PlannedFault): boolean =>
      fault.subjects.some((subject) => subject in this.#servers.links);
    const recovery = await probe.measure(
      Math.max(...ends),
      round.some(isOfServers) || ends.length > round.length,
    );
    this.#options.tell(`  ${describeRecovery(recovery)}`);
    return recovery;
  }

  async #happenLater({ fault, afterMs, lastsMs }: PlannedFault, load: FaultLoad): Promise<number> {
    await delay(afterMs);
    return fault.happen({ servers: this.#servers, load }, lastsMs);
  }

  async #compare(load: FaultLoad): Promise<void> {
    await load.stop();
    const startMs = performance.now();
    const { sourceClient, targetClient } = this.#servers;
    await becomesEqual(sourceClient, targetClient, EQUAL_TIMEOUT_MS);
    this.#options.tell(`  equal ${seconds(performance.now() - startMs)} after the load's pause`);
  }

  async #checkTasks(taskId: string): Promise<void> {
    const { state, reason } = await this.#servers.service.task(taskId);
    assert.equal(state, "Running", reason);
  }

  #note(round: Round, recovery: Recovery): void {
    for (const { fault } of round) {
      const known = this.#recoveries.get(fault.name) ?? [];
      this.#recoveries.set(fault.name, [...known, recovery]);
    }
  }

  #tellRecoveries(): void {
    this.#options.tell(
      "back to streaming, in seconds after the dependencies answered (alone or with another fault):",
    );
    for (const [name, recoveries] of [...this.#recoveries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const times = recoveries.map(({ streamingMs }) => streamingMs / 1000).sort((a, b) => a - b);
      this.#options.tell(`  ${name}: ${times.map((time) => time.toFixed(1)).join(" ")}`);
    }
  }
}

function describeRecovery({ serversMs, streamingMs }: Recovery): string {
  const servers = serversMs === 0 ? "" : `the servers answer after ${seconds(serversMs)}; `;
  return `${servers}streaming ${seconds(streamingMs)} later`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
