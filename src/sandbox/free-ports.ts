import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import { SandboxError } from "./sandbox-error.js";

const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 65_535;
const FEWEST_CANDIDATES = 2_000;
const MAX_TRIES_PER_PORT = 50;

/** Chooses `count` different free TCP ports. */
export type PickPorts = (count: number) => Promise<readonly number[]>;

/**
 * Chooses `count` different TCP ports that nobody listens on now, on any address: of
 * CDC_SANDBOX_PORTS=FIRST-LAST where it is set. Who kills servers and starts them again
 * needs ports of their own then, since others hold theirs for free meanwhile.
 *
 * Else they lie below the range from which the system takes the ports of outgoing connections,
 * where it can be told: there, a port free now could be taken by any client a moment later.
 */
export async function pickFreePorts(
  count: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly number[]> {
  const nextCandidate = ownCandidates(env["CDC_SANDBOX_PORTS"]) ?? (await candidatesOfSystem());
  const held: net.Server[] = [];
  try {
    const ports: number[] = [];
    for (let tries = 0; ports.length < count; tries++) {
      if (tries > count * MAX_TRIES_PER_PORT) throw new SandboxError(`cannot find ${count} free TCP ports`);
      const server = await listen(nextCandidate());
      if (server === undefined) continue;
      held.push(server);
      ports.push((server.address() as net.AddressInfo).port);
    }
    return ports;
  } finally {
    await Promise.all(held.map(close));
  }
}

/** Whether somebody listens on one of the ports. */
export async function isAnyPortTaken(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    const server = await listen(port);
    if (server === undefined) return true;
    await close(server);
  }
  return false;
}

function ownCandidates(range: string | undefined): (() => number) | undefined {
  if (!range) return undefined;
  const [first = 0, last = 0] = /^(\d+)-(\d+)$/.exec(range)?.slice(1).map(Number) ?? [];
  if (first > 0 && last >= first && last <= HIGHEST_PORT) return randomFrom(first, last);
  throw new SandboxError(`CDC_SANDBOX_PORTS is ${range}, and has to be two ports, such as 10000-14999`);
}

/** Below the system's own range; 0 (let the system choose) where there is too little room. */
async function candidatesOfSystem(): Promise<() => number> {
  const range = await fs.readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(() => "");
  const last = Number.parseInt(range, 10) - 1;
  return last - LOWEST_PORT >= FEWEST_CANDIDATES ? randomFrom(LOWEST_PORT, last) : () => 0;
}

function randomFrom(first: number, last: number): () => number {
  return () => first + Math.floor(Math.random() * (last - first + 1));
}

async function listen(port: number): Promise<net.Server | undefined> {
  const server = net.createServer();
  server.listen({ port, exclusive: true }); // no host: every address, IPv6 included where there is any
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

async function close(server: net.Server): Promise<void> {
  server.close();
  await once(server, "close");
}
