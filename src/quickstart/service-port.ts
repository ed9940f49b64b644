import { isAnyPortTaken, pickFreePorts, type PickPorts } from "../sandbox/free-ports.js";
import { CannotStartError } from "./quickstart-error.js";

const DEFAULT_PORT = 8444;

/**
 * The service's port: the one asked for, else 8444, else, when that is taken, any free one.
 * @throws CannotStartError when the one asked for is taken
 */
export async function chooseServicePort(
  asked: number | undefined,
  onTaken: (port: number) => void,
): Promise<number> {
  const port = asked ?? DEFAULT_PORT;
  if (!(await isAnyPortTaken([port]))) return port;
  if (asked !== undefined) throw new CannotStartError(`port ${asked} is taken; name another with --port`);
  onTaken(port);
  return anyFreePort();
}

/** Tries `port` first and any free one after it, should somebody be faster. */
export function pickFirst(port: number): PickPorts {
  let isFirst = true;
  return async () => {
    if (!isFirst) return [await anyFreePort()];
    isFirst = false;
    return [port];
  };
}

async function anyFreePort(): Promise<number> {
  const [port = 0] = await pickFreePorts(1);
  return port;
}
