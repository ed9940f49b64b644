import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Server, type ServerPlan } from "../../src/sandbox/server.js";
import { startServer } from "../../src/sandbox/start-server.js";
import { provideWheelProgram, ENVOY } from "../toolchain/wheel-program.js";
import { toolchainContext } from "../toolchain/toolchain-context.js";
import type { EnvoyCluster, EnvoyListener } from "./envoy-config.js";

/** What an Envoy serves, on a port that it is given. */
export interface EnvoyResources {
  readonly listener: (port: number) => EnvoyListener;
  readonly clusters: readonly EnvoyCluster[];
}

interface EnvoyPlan extends ServerPlan {
  readonly port: number;
  readonly adminPort: number;
}

/** A real Envoy with one listener. `await using` it. */
export class Envoy extends Server {
  readonly port: number;
  readonly #adminPort: number;

  static async start(resources: EnvoyResources): Promise<Envoy> {
    const context = toolchainContext();
    const command = await provideWheelProgram(ENVOY, context);
    const { plan, process } = await startServer<EnvoyPlan>(
      { name: "envoy", portCount: 2, progress: () => undefined, signal: context.signal },
      async (directory, [port = 0, adminPort = 0]) => {
        const file = join(directory.path, "envoy.json");
        await writeFile(file, JSON.stringify(bootstrap(resources, port, adminPort)));
        const args = ["-c", file, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"];
        const isReady = (): Promise<boolean> => isEnvoyReady(adminPort);
        return {
          ...{ name: "envoy", command, args, env: {}, directory },
          ...{ ports: [port, adminPort], isReady, port, adminPort },
        };
      },
    );
    return new Envoy(plan, process);
  }

  private constructor(plan: EnvoyPlan, process: ConstructorParameters<typeof Server>[1]) {
    super(plan, process);
    this.port = plan.port;
    this.#adminPort = plan.adminPort;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ports of the endpoints that Envoy holds for well. */
  async wellPorts(): Promise<number[]> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}/clusters?format=json`);
    const { cluster_statuses } = (await response.json()) as ClustersAnswer;
    const hosts = cluster_statuses.flatMap(({ host_statuses = [] }) => host_statuses);
    const well = hosts.filter(({ health_status }) => health_status.failed_active_health_check !== true);
    return well.map(({ address }) => address.socket_address.port_value);
  }
}

interface ClustersAnswer {
  readonly cluster_statuses: readonly { readonly host_statuses?: readonly HostStatus[] }[];
}

interface HostStatus {
  readonly address: { readonly socket_address: { readonly port_value: number } };
  readonly health_status: { readonly failed_active_health_check?: boolean };
}

function bootstrap({ listener, clusters }: EnvoyResources, port: number, adminPort: number): object {
  return {
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: adminPort } } },
    static_resources: { listeners: [listener(port)], clusters },
  };
}

async function isEnvoyReady(adminPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/ready`).catch(() => undefined);
  return response?.status === 200;
}
