/** What a server says with an alert of TLS, by its number (RFC 8446, section 6), about the certificate that we show, or do not. */
const ALERTS: Readonly<Record<string, string>> = {
  "42": "it refuses the client's certificate: expired, or not signed by an authority that it trusts",
  "43": "it refuses the client's certificate: of a kind that it does not take",
  "44": "it refuses the client's certificate: revoked",
  "45": "it refuses the client's certificate: expired",
  "46": "it refuses the client's certificate",
  "48": "it refuses the client's certificate: not signed by an authority that it trusts",
  "49": "it refuses the client's certificate: without access",
  "116": "it asks for a client's certificate, and none is given",
};

/** OpenSSL's own line, with the place in its source and its end. */
const OPENSSL = /[\dA-F]+:error:[\dA-F]+:SSL routines:[^:]*:([^:]*):\S*?:\d+:(?:SSL alert number (\d+))?\n?/;
/** What gRPC appends, also when it has no note. */
const NO_NOTE = / Resolution note:\s*$/;

const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/(?:Error: )?certificate has expired/, "its certificate has expired"],
  [/(?:Error: )?certificate is not yet valid/, "its certificate is not valid yet"],
  [
    /(?:Error: )?(?:unable to verify the first certificate|unable to get (?:local )?issuer certificate|self-signed certificate(?: in certificate chain)?)/,
    "its certificate is not signed by an authority that is trusted here",
  ],
  [/(?:Error )?\[ERR_TLS_CERT_ALTNAME_INVALID\]: Hostname\/IP/, "its name"],
];

/** What gRPC and OpenSSL say of a connection that could not be made, in words that an operator looks for. */
export function plainly(text: string): string {
  const short = text
    .replace(NO_NOTE, "")
    .replace(OPENSSL, (_, reason: string, alert: string | undefined) => ALERTS[alert ?? ""] ?? said(reason));
  return PLAIN.reduce((told, [found, plain]) => told.replace(found, plain), short);
}

function said(reason: string): string {
  const isNoTls = reason === "wrong version number" || reason === "packet length too long";
  return isNoTls ? "it does not speak TLS at this port" : `TLS: ${reason}`;
}
