import { COMMAND_VARIABLES } from "../model/command-variables.js";
import type { Faults } from "./faults.js";

const PREFIX = "MILVUS_CDC_";

/** `DEFAULT` of `MILVUS_CDC_SOURCES_DEFAULT_MILVUS_URI`, greedy, since a source's name may hold `_KAFKA_`. */
const SOURCE = /^MILVUS_CDC_SOURCES_(.+)_(?:MILVUS_.+|KAFKA_.+|CHANNEL_PREFIX)$/;

/** Kubernetes gives these to every pod beside a Service that is named `milvus-cdc`. */
const SERVICE_LINK = /^MILVUS_CDC_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT(?:_\d+_(?:TCP|UDP)(?:_.+)?)?)$/;

/** What the commands that ask a service read, which may run where a service does. */
const OF_COMMANDS = new Set<string>(Object.values(COMMAND_VARIABLES));

/** The variable that sets a key: its path in upper case, with _ for everything else. */
export function variableName(path: readonly string[]): string {
  return (
    PREFIX +
    path
      .join("_")
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, "_")
  );
}

/** The variables MILVUS_CDC_…; one that is empty counts as absent. Remembers which were asked for. */
export class Environment {
  readonly #values: ReadonlyMap<string, string>;
  readonly #asked = new Set<string>();

  constructor(variables: Readonly<Record<string, string | undefined>>) {
    this.#values = new Map(
      Object.entries(variables).flatMap(([name, value = ""]) =>
        name.startsWith(PREFIX) && value !== "" ? [[name, value]] : [],
      ),
    );
  }

  get(path: readonly string[]): string | undefined {
    const name = variableName(path);
    this.#asked.add(name);
    return this.#values.get(name);
  }

  /** Whether a variable sets a key below this one. */
  hasBelow(path: readonly string[]): boolean {
    const prefix = `${variableName(path)}_`;
    return [...this.#values.keys()].some((name) => name.startsWith(prefix));
  }

  /** The sources that variables speak of, in lower case. */
  sourceNames(): string[] {
    const names = [...this.#values.keys()].map((name) => SOURCE.exec(name)?.[1]?.toLowerCase());
    return [...new Set(names.filter((name) => name !== undefined))];
  }

  /** Reports the variables that no key asked for. */
  reportUnknown(faults: Faults): void {
    for (const name of this.#values.keys()) {
      if (this.#asked.has(name) || OF_COMMANDS.has(name) || SERVICE_LINK.test(name)) continue;
      faults.addUnknown(name, name, this.#asked);
    }
  }
}
