import { Code, ConnectError } from "@connectrpc/connect";

export function tell(step: string, fields: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ step, ...fields }));
}

/** As gRPC's documents spell it: NotFound is NOT_FOUND, and they write CANCELLED with two L. */
export function codeOf(error: ConnectError | undefined): string {
  if (error === undefined) return "OK";
  if (error.code === Code.Canceled) return "CANCELLED";
  return Code[error.code].replace(/\B[A-Z]/g, "_$&").toUpperCase();
}

export async function errorOf(call: Promise<unknown>): Promise<ConnectError | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  );
}
