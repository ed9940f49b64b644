import assert from "node:assert/strict";
import { findingsOf, type Finding, type Look } from "../../src/doctor/finding.js";
import { looksAtLog } from "../../src/doctor/log-looks.js";
import { lookAtClock, looksAtMilvus } from "../../src/doctor/milvus-looks.js";
import { CdcError } from "../../src/model/errors.js";

const HOUR = 3_600_000;

async function found(looks: readonly Look[]): Promise<string[]> {
  const findings: Finding[] = [];
  for await (const finding of findingsOf("it", looks)) findings.push(finding);
  return findings.map(({ level, text }) => `${level}: ${text}`);
}

describe("doctor", () => {
  it("says of what does not answer in time that it does not, whatever being cut off makes it say", async () => {
    const never: Look = () => new Promise(() => undefined);
    const cut: Look = (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("socket hang up"))));
    for await (const finding of findingsOf("it", [never, cut], 20)) {
      assert.deepEqual([finding.level, finding.text], ["fault", "no answer within 0.02 s"]);
      assert.match(finding.remedy ?? "", /firewall/);
    }
  });

  it("warns of a version that was not tried, and of a clock that is off by more than its answer took", async () => {
    let nowMs = 1_700_000_000_000;
    const at = (ms: number) => ({
      now: () => Promise.resolve(BigInt(1_700_000_000_000 + ms) << 18n),
      list: () =>
        Promise.resolve({
          databases: ["default"],
          collections: new Map([[1n, { database: "a", name: "b" }]]),
        }),
    });
    const version = () => Promise.resolve("2.5.1");
    assert.deepEqual(await found(looksAtMilvus({ endpoint: "h:1", catalogue: at(0), version })), [
      "warning: Milvus 2.5.1 answers at h:1",
      "ok: shows 1 collections in 1 databases",
    ]);
    const slow = (): number => (nowMs += 5_000);
    assert.deepEqual(await found([lookAtClock({ catalogue: at(7_000) }, slow)]), [
      "ok: its clock and this computer's are alike",
    ]);
    const still = (): number => 1_700_000_000_000;
    assert.deepEqual(await found([lookAtClock({ catalogue: at(-2_500) }, still)]), [
      "warning: its clock and this computer's are 2500 ms apart",
    ]);
  });

  it("tells of a log that is not read, and goes on", async () => {
    const refused = new CdcError("LOG_UNAUTHORIZED", "no Read on x");
    const end = 10n;
    const looks = looksAtLog({
      channelPrefix: "p",
      reader: {
        ranges: () => Promise.resolve([{ channel: "p-rootcoord-dml_0", start: 0n, end }]),
        record: () => Promise.reject(refused),
        retention: () =>
          Promise.resolve(
            new Map([
              ["a", HOUR],
              ["b", undefined],
            ]),
          ),
      },
    });
    const told = await found(looks.filter((_, i) => i !== 1));
    assert.deepEqual(told, [
      "ok: Kafka has 1 topics of p",
      "fault: LOG_UNAUTHORIZED: no Read on x",
      "warning: records are kept for 1.0 h",
    ]);
  });

  it("sees whether a log is written", async () => {
    let end = 10n;
    const looks = looksAtLog({
      channelPrefix: "p",
      reader: {
        ranges: () => Promise.resolve([{ channel: "p-rootcoord-dml_0", start: 0n, end: end++ }]),
        record: () => Promise.resolve(undefined),
        retention: () => Promise.resolve(new Map()),
      },
    });
    assert.equal((await found(looks.slice(1, 2)))[0], "ok: the source writes into them");
  });
});
