import path from "node:path";
import { createFetchContext } from "../../src/sandbox/fetch-context.js";
import { pickFreePorts } from "../../src/sandbox/free-ports.js";
import { provideJava } from "../../src/sandbox/java.js";
import { provideKafka } from "../../src/sandbox/kafka-package.js";
import { startKafka, type KafkaServer } from "../../src/sandbox/kafka.js";
import { runCommand } from "../../src/sandbox/run-command.js";
import { CertificateAuthority, type KeyPair } from "./kafka-certificates.js";

/** The users that Kafka knows by name and password; their passwords are `<name>-secret`. */
const PLAIN_USERS = ["reader", "describer", "confidant", "stranger"] as const;
export const SCRAM_USER = "scram-reader";
export const TLS_USER = "tls-reader";

export const passwordOf = (user: string): string => `${user}-secret`;

/** `saslTls` is `sasl` over TLS; the certificate of `expired` was valid years ago. */
type Listener = "open" | "sasl" | "saslTls" | "tls" | "mutualTls" | "expired";

/** A Kafka that asks who one is, on a listener for each way to tell it, and lets only some do anything. */
export class SecuredKafka implements AsyncDisposable {
  readonly kafka: KafkaServer;
  readonly authority: CertificateAuthority;
  /** Certificate of TLS_USER. */
  readonly clientKeys: KeyPair;
  /** By listener; on `open`, everybody may do everything. */
  readonly addresses: Readonly<Record<Listener, string>>;

  static async start(): Promise<SecuredKafka> {
    const authority = await CertificateAuthority.create();
    const [serverKeys, clientKeys] = [await authority.issue("broker"), await authority.issue(TLS_USER)];
    const keyStore = await authority.keyStoreOf(serverKeys);
    const expiredStore = await authority.keyStoreOf(await authority.issueExpired("expired-broker"));
    const ports = await pickFreePorts(7);
    const [open = 0, controller = 0, sasl = 0, saslTls = 0, tls = 0, mutualTls = 0, expired = 0] = ports;
    const listeners = [
      `PLAINTEXT://127.0.0.1:${open}`,
      `SASL://127.0.0.1:${sasl}`,
      `SASLTLS://127.0.0.1:${saslTls}`,
      `TLS://127.0.0.1:${tls}`,
      `MUTUAL://127.0.0.1:${mutualTls}`,
      `EXPIRED://127.0.0.1:${expired}`,
    ].join(",");
    const users = ["broker", ...PLAIN_USERS].map((user) => `user_${user}="${passwordOf(user)}"`).join(" ");
    const kafka = await startKafka({
      pickPorts: () => Promise.resolve([open, controller]),
      extraProperties: {
        listeners: `${listeners},CONTROLLER://127.0.0.1:${controller}`,
        "advertised.listeners": listeners,
        "listener.security.protocol.map":
          "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL,TLS:SSL,MUTUAL:SSL,EXPIRED:SSL",
        ...passwordsOn("sasl", users),
        ...passwordsOn("sasltls", users),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": keyStore,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": authority.caPath,
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.expired.ssl.keystore.location": expiredStore,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
      },
    });
    const at = (port: number): string => `127.0.0.1:${port}`;
    const addresses = {
      ...{ open: at(open), sasl: at(sasl), saslTls: at(saslTls) },
      ...{ tls: at(tls), mutualTls: at(mutualTls), expired: at(expired) },
    };
    const secured = new SecuredKafka(kafka, authority, clientKeys, addresses);
    await secured.#addScramUser();
    return secured;
  }

  private constructor(
    kafka: KafkaServer,
    authority: CertificateAuthority,
    clientKeys: KeyPair,
    addresses: SecuredKafka["addresses"],
  ) {
    this.kafka = kafka;
    this.authority = authority;
    this.clientKeys = clientKeys;
    this.addresses = addresses;
  }

  /** kafkajs cannot make such users. */
  async #addScramUser(): Promise<void> {
    const context = createFetchContext({});
    const java = await provideJava(context);
    const jars = path.join(await provideKafka(java, context), "*");
    const user = ["--entity-type", "users", "--entity-name", SCRAM_USER];
    const config = ["--alter", "--add-config", `SCRAM-SHA-256=[password=${passwordOf(SCRAM_USER)}]`];
    const tool = ["-cp", jars, "kafka.admin.ConfigCommand", "--bootstrap-server", this.addresses.open];
    await runCommand(java.command, [...tool, ...user, ...config], {
      timeoutMs: 30_000,
      signal: context.signal,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kafka.stop();
    await this.authority[Symbol.asyncDispose]();
  }
}

/** Settings of a listener that takes passwords. */
function passwordsOn(listener: string, users: string): Record<string, string> {
  const modules = "org.apache.kafka.common.security";
  return {
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: "PLAIN,SCRAM-SHA-256",
    [`listener.name.${listener}.plain.sasl.jaas.config`]: `${modules}.plain.PlainLoginModule required ${users};`,
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
  };
}
