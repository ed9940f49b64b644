import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import type { CdcError } from "../../../src/model/errors.js";
import type { KafkaAddress } from "../../../src/model/kafka-address.js";
import { KafkaLogReader } from "../../../src/source/kafka/kafka-log-reader.js";
import { CertificateAuthority } from "../../support/kafka-certificates.js";
import { cdcErrorOf, LogWriter, Reading } from "../../support/kafka-log.js";
import { passwordOf, SCRAM_USER, SecuredKafka, TLS_USER } from "../../support/kafka-secured.js";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const NEVER = new AbortController().signal;
const PREFIX = "guarded";
const TOPIC = `${PREFIX}-rootcoord-dml_0`;

describe("KafkaLogReader with a guarded Kafka", () => {
  let secured: SecuredKafka;
  let writer: LogWriter;

  before(async function () {
    this.timeout(180_000);
    secured = await SecuredKafka.start();
    writer = await LogWriter.connect([secured.addresses.open]);
    await allow("User:reader", "DESCRIBE", "READ");
    await allow(`User:${SCRAM_USER}`, "DESCRIBE", "READ");
    await allow(`User:CN=${TLS_USER}`, "DESCRIBE", "READ");
    await allow("User:describer", "DESCRIBE");
    await allow("User:confidant", "DESCRIBE", "READ", "DESCRIBE_CONFIGS");
    await writer.create(TOPIC, "unguarded-rootcoord-dml_0");
    await writer.send(TOPIC, ["a"]);
  });
  after(async () => {
    await writer[Symbol.asyncDispose]();
    await secured[Symbol.asyncDispose]();
  });

  async function allow(
    principal: string,
    ...operations: readonly ("DESCRIBE" | "READ" | "DESCRIBE_CONFIGS")[]
  ): Promise<void> {
    const acl = operations.map((operation) => ({
      resourceType: AclResourceTypes.TOPIC,
      resourceName: `${PREFIX}-`,
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      principal,
      host: "*",
      operation: AclOperationTypes[operation],
      permissionType: AclPermissionTypes.ALLOW,
    }));
    await writer.admin.createAcls({ acl });
  }

  const asUser = (username: string, password = passwordOf(username)): KafkaAddress => ({
    brokers: [secured.addresses.sasl],
    sasl: { mechanism: username === SCRAM_USER ? "scram-sha-256" : "plain", username, password },
  });

  const overTls = (config: KafkaAddress): KafkaAddress => ({
    ...config,
    brokers: [secured.addresses.saslTls],
    tls: { caPath: secured.authority.caPath },
  });

  async function firstFailure(config: KafkaAddress): Promise<CdcError> {
    await using reading = new Reading(new KafkaLogReader(config, PREFIX));
    await reading.until(() => reading.failures.length > 0);
    return reading.failures[0]?.error as CdcError;
  }

  const ways: Record<string, () => KafkaAddress> = {
    "a password (PLAIN)": () => asUser("reader"),
    "a password (SCRAM)": () => asUser(SCRAM_USER),
    "a password (PLAIN) over TLS": () => overTls(asUser("reader")),
    "a password (SCRAM) over TLS": () => overTls(asUser(SCRAM_USER)),
    TLS: () => ({ brokers: [secured.addresses.tls], tls: { caPath: secured.authority.caPath } }),
    "TLS, by another name of the server": () => ({
      brokers: [secured.addresses.tls],
      tls: { caPath: secured.authority.caPath, serverName: "localhost" },
    }),
    "a client's certificate": () => ({
      brokers: [secured.addresses.mutualTls],
      tls: { caPath: secured.authority.caPath, ...secured.clientKeys },
    }),
  };

  for (const [way, config] of Object.entries(ways)) {
    it(`reads with ${way} and needs no more than Describe and Read`, async () => {
      const reader = new KafkaLogReader(config(), PREFIX);
      const [range] = await reader.ranges(NEVER);
      assert.equal(range?.channel, TOPIC);
      await using reading = new Reading(reader, { from: ({ end }) => end - 1n });
      const sink = await reading.untilRead(TOPIC, 1);
      await writer.send(TOPIC, ["b"], true);
      await reading.untilRead(TOPIC, 2);
      assert.deepEqual(sink.texts[1], "b");
      assert.deepEqual(reading.retries, [undefined]);
    });
  }

  it("finds offsets by time, and needs no more than Describe and Read", async () => {
    const reader = new KafkaLogReader(asUser("reader"), PREFIX);
    assert.equal((await reader.offsetsAt(0, NEVER)).get(TOPIC), 0n);
  });

  it("does not know how long records are held where it may not ask, and goes without", async () => {
    const retention = await new KafkaLogReader(asUser("reader"), PREFIX).retention(NEVER);
    assert.ok(retention.has(TOPIC));
    assert.equal(retention.get(TOPIC), undefined);
  });

  it("knows how long records are held where it may ask", async () => {
    const retention = await new KafkaLogReader(asUser("confidant"), PREFIX).retention(NEVER);
    assert.equal(retention.get(TOPIC), 7 * 24 * 3_600_000);
  });

  it("notices a new topic that the rights cover", async () => {
    await using reading = new Reading(new KafkaLogReader(asUser("reader"), PREFIX));
    await reading.untilRead(TOPIC, 1);
    const later = `${PREFIX}-rootcoord-dml_1`;
    await writer.create(later);
    await writer.send(later, ["c"]);
    await reading.untilRead(later, 1);
    assert.deepEqual(reading.retries, [undefined]);
  });

  it("says what to allow when nothing may be seen, instead of finding no channels", async () => {
    const error = await cdcErrorOf(new KafkaLogReader(asUser("stranger"), PREFIX).ranges(NEVER));
    assert.equal(error.code, "LOG_UNAUTHORIZED");
    assert.match(
      error.message,
      /allow user stranger Describe and Read on topics guarded-rootcoord-dml_\* and guarded-replicate-msg/,
    );
    assert.equal((await firstFailure(asUser("stranger"))).message, error.message);
  });

  it("says so for a Milvus that has no topics yet as well", async () => {
    const reader = new KafkaLogReader(asUser("reader"), "nothing-here");
    assert.equal((await cdcErrorOf(reader.ranges(NEVER))).code, "LOG_UNAUTHORIZED");
    const openReader = new KafkaLogReader({ brokers: [secured.addresses.open] }, "nothing-here");
    assert.deepEqual(await openReader.ranges(NEVER), []);
  });

  it("says what to allow when topics may be seen and not read, and tries less and less often", async () => {
    await using reading = new Reading(new KafkaLogReader(asUser("describer"), PREFIX));
    await reading.until(() => reading.failures.length === 4);
    for (const { error } of reading.failures) {
      assert.equal((error as CdcError).code, "LOG_UNAUTHORIZED");
      assert.match((error as CdcError).message, /topic guarded-.*allow user describer Describe and Read/);
    }
    assert.ok(!reading.retries.includes(undefined), "said to be well");
    assert.deepEqual(
      reading.failures.map(({ attempts }) => attempts),
      [1, 2, 3, 4],
    );
  });

  it("goes on once it may", async () => {
    await using reading = new Reading(new KafkaLogReader(asUser("describer"), PREFIX));
    await reading.until(() => reading.failures.length > 0);
    await allow("User:describer", "READ");
    await reading.untilRead(TOPIC, 1);
    assert.equal(reading.retries.at(-1), undefined);
  });

  for (const [user, isOverTls] of [
    ["reader", false],
    ["reader", true],
    [SCRAM_USER, false],
    [SCRAM_USER, true],
  ] as const) {
    it(`says that the password of ${user} is wrong, ${isOverTls ? "over TLS" : "in cleartext"}`, async () => {
      const config = asUser(user, "wrong");
      const error = await firstFailure(isOverTls ? overTls(config) : config);
      assert.equal(error.code, "LOG_UNAUTHORIZED");
      assert.match(error.message, /[Aa]uthentication failed/);
      assert.ok(!error.message.includes("wrong"));
    });
  }

  it("says that the certificate does not fit when another authority made it", async () => {
    await using other = await CertificateAuthority.create();
    const error = await firstFailure({ brokers: [secured.addresses.tls], tls: { caPath: other.caPath } });
    assert.equal(error.code, "LOG_UNAVAILABLE");
    assert.match(error.message, /certificates do not fit, see kafka.tls/);
  });

  it("says so when the server's certificate has expired", async () => {
    const config = { brokers: [secured.addresses.expired], tls: { caPath: secured.authority.caPath } };
    const error = await firstFailure(config);
    assert.equal(error.code, "LOG_UNAVAILABLE");
    assert.match(error.message, /has expired .*certificates do not fit, see kafka.tls/);
  });

  it("says so when its own certificate has expired", async () => {
    const keys = await secured.authority.issueExpired("expired-reader");
    const tls = { caPath: secured.authority.caPath, ...keys };
    const error = await firstFailure({ brokers: [secured.addresses.mutualTls], tls });
    assert.equal(error.code, "LOG_UNAVAILABLE");
    assert.match(error.message, /certificate/);
  });

  const misfits: Record<string, () => KafkaAddress> = {
    "no certificate where one is asked for": () => ({
      brokers: [secured.addresses.mutualTls],
      tls: { caPath: secured.authority.caPath },
    }),
    "no password where one is asked for": () => ({ brokers: [secured.addresses.sasl] }),
    "no TLS where TLS is spoken": () => ({ brokers: [secured.addresses.tls] }),
    "TLS where none is spoken": () => ({
      brokers: [secured.addresses.open],
      tls: { caPath: secured.authority.caPath },
    }),
    "a file that is not there": () => ({
      brokers: [secured.addresses.tls],
      tls: { caPath: "/nowhere/ca.pem" },
    }),
  };

  for (const [misfit, config] of Object.entries(misfits)) {
    it(`tells of ${misfit}`, async () => {
      const error = await cdcErrorOf(new KafkaLogReader(config(), PREFIX).ranges(NEVER));
      assert.equal(error.code, "LOG_UNAVAILABLE");
      assert.match(error.message, /TLS|tls|certificate|\/nowhere\/ca\.pem/);
    });
  }
});
