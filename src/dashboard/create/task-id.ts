/** 32 lower-case hex digits. Not of randomUUID, which browsers have over https and on localhost alone. */
export function newTaskId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
