/** Where and how the server listens, and what it bears. */
export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Cleartext when absent. */
  readonly tls?: TlsOptions | undefined;
  readonly limits?: Partial<ServerLimits> | undefined;
}

/** Paths of PEM files. */
export interface TlsOptions {
  readonly certPath: string;
  readonly keyPath: string;
  /** When given, clients have to show a certificate that this authority signed. */
  readonly caPath?: string | undefined;
}

/** What one client may cost the others. */
export interface ServerLimits {
  /** Of a request's message. */
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** Requests being answered, streams included; more get 429. */
  readonly maxInFlight: number;
  /** The same, of what is for everybody, as probes are: it takes no room from those who are known. */
  readonly maxInFlightOfAnybody: number;
  readonly maxStreamsPerConnection: number;
  /** For the headers of a request, and for what tells HTTP/2 from HTTP/1.1. */
  readonly headersTimeoutMs: number;
  /** For a request's body to come in. */
  readonly bodyTimeoutMs: number;
  /** For a client to take its answer, once there is one. */
  readonly answerTimeoutMs: number;
  /** For an answer to a unary call; a create may use its connect_timeout on top. */
  readonly callDeadlineMs: number;
  /** After which a connection without traffic is closed. */
  readonly idleTimeoutMs: number;
}

export const defaultLimits: ServerLimits = {
  maxBodyBytes: 4 * 1024 * 1024,
  maxConnections: 1000,
  maxInFlight: 500,
  maxInFlightOfAnybody: 100,
  maxStreamsPerConnection: 128,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  answerTimeoutMs: 30_000,
  callDeadlineMs: 30_000,
  idleTimeoutMs: 10 * 60_000,
};
