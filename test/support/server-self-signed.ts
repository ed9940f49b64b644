import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A certificate for 127.0.0.1 and localhost, signed by itself; removed with its folder. */
export class SelfSigned implements AsyncDisposable {
  readonly certPath: string;
  readonly keyPath: string;
  readonly #folder: string;

  static async create(): Promise<SelfSigned> {
    const self = new SelfSigned(await mkdtemp(join(tmpdir(), "server-tls-")));
    const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    const key = [
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      self.keyPath,
    ];
    const cert = ["-out", self.certPath, "-days", "2", "-subj", "/CN=localhost", "-addext", names];
    await run("openssl", ["req", "-x509", ...key, ...cert]);
    return self;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.certPath = join(folder, "cert.pem");
    this.keyPath = join(folder, "key.pem");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
