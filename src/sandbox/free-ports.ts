import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import { SandboxError } from "./sandbox-error.js";

const LOWEST_PORT = 10_000;
const FEWEST_CANDIDATES = 2_000;
const MAX_TRIES_PER_PORT = 50;

/** Chooses `count` different free TCP ports. */
export type PickPorts = (count: number) => Promise<readonly number[]>;

/**
 * Chooses `count` different TCP ports that nobody listens on now, on any address.
 *
 * They lie below the range from which the system takes the ports of outgoing connections,
 * where it can be told: there, a port free now could be taken by any client a moment later.
 */
export async function pickFreePorts(count: number): Promise<readonly number[]> {
  const nextCandidate = await candidateSource();
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

/** Random ports below the system's own range; 0 (let the system choose) where there is too little room. */
async function candidateSource(): Promise<() => number> {
  const range = await fs.readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(() => "");
  const count = Number.parseInt(range, 10) - LOWEST_PORT;
  if (!(count >= FEWEST_CANDIDATES)) return () => 0;
  return () => LOWEST_PORT + Math.floor(Math.random() * count);
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
