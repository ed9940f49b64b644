const HEADER = "grpc-message";

/**
 * A gRPC error text as the protocol wants it: only `%` and what is not
 * printable ASCII is percent-encoded. Connect encodes punctuation too, which
 * @grpc/grpc-js shows undecoded (`name%3A must…`), and with it much of Node.
 */
export function plainGrpcMessage(trailer: Headers): Headers {
  const encoded = trailer.get(HEADER);
  if (encoded === null) return trailer;
  const plain = new Headers(trailer);
  plain.set(
    HEADER,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (escape) => (isNeeded(escape) ? escape : decodeURIComponent(escape))),
  );
  return plain;
}

function isNeeded(escape: string): boolean {
  const byte = Number.parseInt(escape.slice(1), 16);
  return byte < 0x20 || byte > 0x7e || byte === 0x25;
}
