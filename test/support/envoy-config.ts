import type { KeyPair } from "./kafka-certificates.js";

/** Resources of Envoy's own configuration; no more of its shape is known here. */
export type EnvoyListener = Readonly<Record<string, unknown>>;
export type EnvoyCluster = Readonly<Record<string, unknown>>;
export type EnvoyRoute = Readonly<Record<string, unknown>>;

/** One side of mutual TLS: its own certificate, and the authority of the other's. */
export interface MutualTls extends KeyPair {
  readonly caPath: string;
}

const TYPES = "type.googleapis.com/envoy.extensions";

/** HTTP/1.1 and HTTP/2 on loopback. */
export function listener(port: number, routes: readonly EnvoyRoute[], tls?: MutualTls): EnvoyListener {
  const manager = {
    "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "in",
    // an answer to a stream that says nothing for five minutes would be a time-out of Envoy's
    stream_idle_timeout: "0s",
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": `${TYPES}.filters.http.router.v3.Router` },
      },
    ],
  };
  const chain = {
    filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }],
    ...(tls && {
      transport_socket: tlsSocket("DownstreamTlsContext", tls, { require_client_certificate: true }),
    }),
  };
  return { name: "in", address: address(port), filter_chains: [chain] };
}

/** HTTP/2 to services on loopback; with TLS when given, else cleartext. */
export function cluster(ports: readonly number[], { tls, more = {} }: ClusterOptions = {}): EnvoyCluster {
  return {
    name: "cdc",
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: {
      cluster_name: "cdc",
      endpoints: [{ lb_endpoints: ports.map((port) => ({ endpoint: { address: address(port) } })) }],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": `${TYPES}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    ...(tls && { transport_socket: tlsSocket("UpstreamTlsContext", tls, { sni: "localhost" }) }),
    ...more,
  };
}

interface ClusterOptions {
  readonly tls?: MutualTls;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Asks grpc.health.v1 as often as a test likes to see. */
export const HEALTH_CHECKS = {
  health_checks: [
    {
      timeout: "1s",
      interval: "0.1s",
      no_traffic_interval: "0.1s",
      unhealthy_threshold: 1,
      healthy_threshold: 1,
      grpc_health_check: { service_name: "milvus.cdc.v1.CdcService" },
    },
  ],
};

/** Of what never reached the service, or what the service gave back; and of a create, which its task_id makes safe. */
export const RETRIES = {
  retry_on: "connect-failure,refused-stream,reset,unavailable,gateway-error",
  num_retries: 3,
};

/** All under a prefix, which is taken away; no time-out, as streams live long. */
export function route(prefix: string, more: Readonly<Record<string, unknown>> = {}): EnvoyRoute {
  return { match: { prefix }, route: { cluster: "cdc", prefix_rewrite: "/", timeout: "0s", ...more } };
}

function address(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

function tlsSocket(context: string, { certPath, keyPath, caPath }: MutualTls, more: object): object {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": `${TYPES}.transport_sockets.tls.v3.${context}`,
      common_tls_context: {
        alpn_protocols: ["h2"],
        tls_certificates: [{ certificate_chain: { filename: certPath }, private_key: { filename: keyPath } }],
        validation_context: { trusted_ca: { filename: caPath } },
      },
      ...more,
    },
  };
}
