import { backlog } from "./backlog.js";
import { channels } from "./channels.js";
import { codec } from "./codec.js";
import { collections } from "./collections.js";
import { control } from "./control.js";
import { drain } from "./drain.js";
import { idle } from "./idle.js";
import { kinds } from "./kinds.js";
import { lag } from "./lag.js";
import type { Line } from "./line.js";
import { memory } from "./memory.js";
import type { BenchOptions } from "./options.js";
import { snapshot } from "./snapshot.js";
import { soak } from "./soak.js";
import { tasks } from "./tasks.js";
import { verify } from "./verify.js";

export type Suite = (options: BenchOptions) => Promise<readonly Line[]>;

/** What runs when none is named. */
export const SUITES: Readonly<Record<string, Suite>> = {
  codec,
  drain,
  lag,
  snapshot,
  verify,
  kinds,
  collections,
  channels,
  tasks,
  idle,
  control,
};

/** Only by name: they take long. */
export const LONG_SUITES: Readonly<Record<string, Suite>> = { backlog, memory, soak };
