import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Names a certificate and its key, as PEM files. */
export interface KeyPair {
  readonly certPath: string;
  readonly keyPath: string;
}

/** A certificate authority made for a test; removed with its folder. */
export class CertificateAuthority implements AsyncDisposable {
  readonly caPath: string;
  readonly #folder: string;
  readonly #ca: KeyPair;

  static async create(): Promise<CertificateAuthority> {
    const folder = await mkdtemp(join(tmpdir(), "kafka-tls-"));
    const authority = new CertificateAuthority(folder);
    await newKey(authority.#ca, "test authority", []);
    return authority;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#ca = pairIn(folder, "ca");
    this.caPath = this.#ca.certPath;
  }

  /** A key and a certificate for it, valid at 127.0.0.1 and localhost. */
  async issue(name: string): Promise<KeyPair> {
    const pair = pairIn(this.#folder, name);
    await newKey(pair, name, [
      ...["-CA", this.#ca.certPath, "-CAkey", this.#ca.keyPath],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"],
    ]);
    return pair;
  }

  /** The same, but it was valid years ago. */
  async issueExpired(name: string): Promise<KeyPair> {
    const pair = pairIn(this.#folder, name);
    const file = (ending: string): string => join(this.#folder, `${name}.${ending}`);
    await run("openssl", ["req", "-new", ...newKeyArgs(pair), "-out", file("csr"), "-subj", `/CN=${name}`]);
    const config = `[ca]
default_ca = d
[d]
database = ${file("index")}
serial = ${file("serial")}
new_certs_dir = ${this.#folder}
default_md = sha256
policy = p
x509_extensions = x
[p]
commonName = supplied
[x]
subjectAltName = DNS:localhost,IP:127.0.0.1
`;
    await writeFile(file("cnf"), config);
    await writeFile(file("index"), "");
    await writeFile(file("serial"), "01\n");
    await run("openssl", [
      ...["ca", "-batch", "-notext", "-config", file("cnf"), "-in", file("csr"), "-out", pair.certPath],
      ...["-cert", this.#ca.certPath, "-keyfile", this.#ca.keyPath],
      ...["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"],
    ]);
    return pair;
  }

  /** One file with key and certificate, which Kafka takes for a key store. */
  async keyStoreOf({ certPath, keyPath }: KeyPair): Promise<string> {
    const file = `${certPath}.keystore`;
    await writeFile(file, (await readFile(keyPath, "utf8")) + (await readFile(certPath, "utf8")));
    return file;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

function pairIn(folder: string, name: string): KeyPair {
  return { certPath: join(folder, `${name}.pem`), keyPath: join(folder, `${name}.key`) };
}

function newKeyArgs({ keyPath }: KeyPair): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyPath];
}

async function newKey(pair: KeyPair, name: string, more: readonly string[]): Promise<void> {
  await run("openssl", [
    "req",
    "-x509",
    ...newKeyArgs(pair),
    "-out",
    pair.certPath,
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
    ...more,
  ]);
}
