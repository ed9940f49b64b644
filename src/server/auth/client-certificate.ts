import type { TLSSocket } from "node:tls";
import type { HttpRequest } from "../http-exchange.js";

/**
 * The names in the certificate that a client has shown and its authority has signed, common and alternative ones;
 * undefined when it has shown none.
 */
export function certificateNames(request: HttpRequest): readonly string[] | undefined {
  const socket = "stream" in request ? request.stream.session?.socket : request.socket;
  if (!isTls(socket) || !socket.authorized) return undefined;
  const { subject, subjectaltname } = socket.getPeerCertificate();
  // Absent where there is none, whatever the types say; and several common names are none that is sure.
  const common: unknown = (subject as { CN?: unknown } | undefined)?.CN;
  return [...(typeof common === "string" ? [common] : []), ...alternativeNames(subjectaltname ?? "")];
}

/** Node quotes names with commas or quotes in them, which nobody needs and which could pretend to be several. */
function alternativeNames(text: string): string[] {
  if (text.includes('"')) return [];
  return text.split(", ").flatMap((entry) => /^(?:DNS|URI|email):(.+)$/.exec(entry)?.[1] ?? []);
}

/** By reading: what HTTP/2 gives for its socket answers `in` and `instanceof` for something else. */
function isTls(socket: unknown): socket is TLSSocket {
  return (
    typeof socket === "object" &&
    socket !== null &&
    typeof Reflect.get(socket, "getPeerCertificate") === "function"
  );
}
