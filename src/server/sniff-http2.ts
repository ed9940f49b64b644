import type * as net from "node:net";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/**
 * Tells a cleartext connection's protocol by its first bytes, which stay to be
 * read. A connection that sends too little in time is destroyed. `settled` is
 * called once, in each case.
 */
export function sniffHttp2(
  socket: net.Socket,
  timeoutMs: number,
  decided: (isHttp2: boolean) => void,
  settled: () => void,
): void {
  let seen: Buffer = Buffer.alloc(0);
  const drop = (): void => void socket.destroy();
  const timer = setTimeout(drop, timeoutMs);
  const settle = (): void => {
    clearTimeout(timer);
    socket.off("readable", onReadable).off("end", drop).off("error", drop).off("close", settle);
    settled();
  };
  const onReadable = (): void => {
    const chunk: unknown = socket.read();
    if (!Buffer.isBuffer(chunk)) return;
    seen = Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, PREFACE.length);
    const isPreface = seen.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (isPreface && length < PREFACE.length) return;
    settle();
    socket.unshift(seen);
    decided(isPreface);
  };
  socket.on("readable", onReadable).once("end", drop).once("error", drop).once("close", settle);
}
