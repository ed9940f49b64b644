const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(?=:)/;

/** The same for all endpoints (`host:port`) of one server, as far as their names tell. */
export function serverKey(endpoint: string): string {
  return endpoint.toLowerCase().replace(LOOPBACK, "loopback");
}
