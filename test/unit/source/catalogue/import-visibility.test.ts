import assert from "node:assert/strict";
import type { ListedImport } from "../../../../src/milvus/milvus-admin.js";
import { ImportVisibility } from "../../../../src/source/catalogue/import-visibility.js";

const never = new AbortController().signal;
const NAMES = new Map([[1n, { database: "default", name: "c" }]]);

/** A server with one collection: its segments by partition, partitions that are loaded, segments that are queried. */
class Server {
  sealed: { id: bigint; partitionId: bigint }[] = [];
  loaded: bigint[] = [7n];
  queried: bigint[] = [];
  calls = 0;
  readonly visibility = new ImportVisibility({
    listPartitionLoads: () => {
      this.calls++;
      return Promise.resolve(new Map(this.loaded.map((id) => [id, 100])));
    },
    listSealedSegments: () => Promise.resolve(this.sealed),
    listQueriedSegments: () => Promise.resolve(new Set(this.queried)),
  });

  seal(...ids: bigint[]): void {
    this.sealed = ids.map((id) => ({ id, partitionId: 7n }));
  }

  async look(...imports: ListedImport[]): Promise<bigint[]> {
    return [...(await this.visibility.look(imports, NAMES, never))];
  }
}

function anImport(id: bigint, segmentIds: bigint[], changes: Partial<ListedImport> = {}): ListedImport {
  const rest = { collectionId: 1n, partition: "p", rows: 1n, state: "ImportCompleted" };
  return { id, segmentIds, ...rest, ...changes };
}

describe("ImportVisibility", () => {
  it("waits until queries go to all segments of a completed import, and remembers that they did", async () => {
    const server = new Server();
    const one = anImport(10n, [100n, 101n]);
    server.seal(100n, 101n, 5n);
    server.queried = [100n];
    assert.deepEqual(await server.look(one), []);
    server.queried = [100n, 101n];
    assert.deepEqual(await server.look(one), [10n]);
    server.queried = [];
    const { calls } = server;
    assert.deepEqual(await server.look(one), [10n]);
    assert.equal(server.calls, calls);
    assert.deepEqual(await server.look(), []);
  });

  it("does not wait for other imports, which have segments before they are completed", async () => {
    const server = new Server();
    const [one, other] = [anImport(10n, [100n]), anImport(11n, [], { state: "ImportStarted" })];
    server.seal(100n, 200n);
    server.queried = [100n];
    assert.deepEqual(await server.look(one, other), [10n]);
  });

  it("waits for every segment when compaction has put the rows of some elsewhere", async () => {
    const server = new Server();
    const one = anImport(10n, [100n, 101n]);
    server.seal(101n, 300n);
    server.queried = [101n];
    assert.deepEqual(await server.look(one), []);
    server.queried = [101n, 300n];
    assert.deepEqual(await server.look(one), [10n]);
  });

  it("waits for no segment of partitions that are not loaded", async () => {
    const server = new Server();
    server.sealed = [
      { id: 100n, partitionId: 7n },
      { id: 101n, partitionId: 8n },
    ];
    server.queried = [100n];
    assert.deepEqual(await server.look(anImport(10n, [100n]), anImport(11n, [101n])), [10n, 11n]);
    server.loaded = [];
    assert.deepEqual(await server.look(anImport(12n, [102n])), [12n]);
  });

  it("says nothing of collections that are gone", async () => {
    const server = new Server();
    assert.deepEqual(await server.look(anImport(10n, [], { collectionId: 2n })), []);
  });
});
