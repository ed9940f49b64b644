import type { Interceptor } from "@connectrpc/connect";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Applier } from "../sink/applier.js";
import { traceCalls } from "./trace-calls.js";
import { tracedApplier } from "./traced-applier.js";

const SERVICE_NAME = "milvus-cdc";
/** A collector that is away must not keep the service from ending. */
const LAST_EXPORT_MS = 2_000;

/** Spans of calls and writes go to a collector, in batches, until it is stopped. */
export interface Tracing {
  readonly interceptor: Interceptor;
  traced(applier: Applier, taskId: string): Applier;
  /** Sends what was not sent yet. Never rejects: what cannot be sent is lost, as always. */
  stop(): Promise<void>;
}

/**
 * Sends spans by OTLP over HTTP. Beside the address, the standard OTEL_… variables say what is sent: how many
 * (OTEL_TRACES_SAMPLER), with which headers, under which name. Nothing is registered for the whole process.
 */
export function startTracing(endpoint: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: new URL("v1/traces", withSlash(endpoint)).href });
  const named = resourceFromAttributes({ "service.name": SERVICE_NAME });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(named)
      .merge(detectResources({ detectors: [envDetector] })),
    // its queue is bounded: what is too much is dropped
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: LAST_EXPORT_MS })],
  });
  const tracer = provider.getTracer(SERVICE_NAME);
  return {
    interceptor: traceCalls(tracer),
    traced: (applier, taskId) => tracedApplier(applier, tracer, taskId),
    stop: () => provider.shutdown().catch(() => undefined),
  };
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
