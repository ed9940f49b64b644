import type { FaultLoad } from "./fault-load.js";
import type { FaultServers, Links } from "./fault-servers.js";

/** What a fault befalls. */
export type Subject = "service" | ServerName | `link to ${ServerName}`;
export type ServerName = keyof Links;

/** What faults happen to. */
export interface Scene {
  readonly servers: FaultServers;
  readonly load: FaultLoad;
}

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string;
  /** Faults that happen at the same time have none in common. */
  readonly subjects: readonly Subject[];
  /** The longest that it lasts. */
  readonly maxMs: number;
  /** Lets it happen for some time; resolves, when it is over, with the `performance.now()` from which on it was. */
  readonly happen: (scene: Scene, lastsMs: number) => Promise<number>;
}
