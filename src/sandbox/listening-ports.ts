import fs from "node:fs/promises";

const LISTEN_STATE = "0A";

/** Who listens on which TCP ports of this machine. */
export interface ListeningPorts {
  /** The ports the process listens on. */
  readonly own: ReadonlySet<number>;
  /** The ports any process listens on. */
  readonly all: ReadonlySet<number>;
}

/**
 * Reads from /proc what a process listens on. An answer on a port does not tell who gave
 * it: another sandbox may have been quicker to take the port.
 */
export async function readListeningPorts(pid: number): Promise<ListeningPorts> {
  const listeners = await readListeners(pid);
  // After the table: a socket of the process that is in the table is among its files by now.
  const inodes = await readSocketInodes(pid);
  const own = listeners.filter(({ inode }) => inodes.has(inode));
  return { own: new Set(own.map(({ port }) => port)), all: new Set(listeners.map(({ port }) => port)) };
}

interface Listener {
  readonly port: number;
  readonly inode: string;
}

async function readListeners(pid: number): Promise<readonly Listener[]> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((table) => fs.readFile(`/proc/${pid}/net/${table}`, "utf8").catch(() => "")),
  );
  return tables.flatMap((table) => table.split("\n").flatMap(parseListener));
}

/** Columns: number, local address:port (hex), remote address, state, three that do not matter, uid, timeout, inode. */
function parseListener(line: string): readonly Listener[] {
  const columns = line.trim().split(/\s+/);
  if (columns[3] !== LISTEN_STATE) return [];
  return [{ port: Number.parseInt(columns[1]?.split(":")[1] ?? "", 16), inode: columns[9] ?? "" }];
}

async function readSocketInodes(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await fs.readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => fs.readlink(`${folder}/${name}`).catch(() => "")));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}
