import type { Server } from "../../src/sandbox/server.js";

const ATTEMPTS = 3;

/** Starts a server again. Milvus hangs in its start once in a blue moon; whoever runs one tries once more then. */
export async function revive(server: Server): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await server.restart();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
