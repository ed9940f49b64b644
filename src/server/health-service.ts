import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Health } from "#gen/grpc/health/v1/health_pb.js";
import type { HealthState } from "./health-state.js";

/** grpc.health.v1, as load balancers and Kubernetes ask for it. */
export function createHealthService(health: HealthState): ServiceImpl<typeof Health> {
  return {
    check: ({ service }) => {
      const status = health.statusOf(service);
      if (status === undefined) throw new ConnectError("unknown service", Code.NotFound);
      return { status };
    },
    async *watch({ service }, { signal }) {
      for await (const status of health.watch(service, signal)) yield { status };
    },
    list: () => ({
      statuses: Object.fromEntries(Array.from(health.list(), ([service, status]) => [service, { status }])),
    }),
  };
}
