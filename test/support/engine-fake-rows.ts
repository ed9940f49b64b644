import { CdcError } from "../../src/model/errors.js";
import { isPartitionSelected } from "../../src/model/partition-filter.js";
import type {
  KeyedRows,
  KeysRequest,
  PageRequest,
  RowCollection,
  RowPage,
  RowSource,
  SourcePartition,
} from "../../src/source/row-source.js";
import type { FakeCollection, FakeSource } from "./engine-fake-source.js";
import { openGate, type Gate } from "./engine-gate.js";
import { insertOf, rowsOf } from "./engine-rows.js";
import type { Column } from "../../src/model/change-event.js";

/** Small, so that a copy has many pages. */
const PAGE_ROWS = 2;

/** Reads the rows of a fake source as they are when the gate lets the read through. */
export class FakeRowSource implements RowSource {
  readonly #source: FakeSource;
  readonly #gate: Gate;
  readonly #onClose: (() => unknown) | undefined;

  constructor(source: FakeSource, gate: Gate = openGate, onClose?: () => unknown) {
    this.#source = source;
    this.#gate = gate;
    this.#onClose = onClose;
  }

  hasPartitionKey({ description }: Pick<RowCollection, "description">): boolean {
    return description[0] === 1;
  }

  partitions(of: RowCollection, signal: AbortSignal): Promise<readonly SourcePartition[] | undefined> {
    const list = (): readonly SourcePartition[] | undefined => {
      const found = this.#find(of);
      return found && this.#selected(found, of).map((name) => this.#partition(found, name));
    };
    return this.#gate(`partitions ${of.name.name}`, list, signal);
  }

  count(of: RowCollection, signal: AbortSignal): Promise<bigint | undefined> {
    const count = (): bigint | undefined => {
      const found = this.#find(of);
      if (found?.isLoaded !== true) return undefined;
      return this.#selected(found, of).reduce(
        (sum, name) => sum + BigInt(found.partitions.get(name)?.size ?? 0),
        0n,
      );
    };
    return this.#gate(`count ${of.name.name}`, count, signal);
  }

  /** Of the rows as they are now. */
  pageEnd(
    of: RowCollection,
    request: Pick<PageRequest, "partition" | "after" | "atLeast">,
    signal: AbortSignal,
  ): Promise<{ readonly upTo: bigint | string | undefined } | undefined> {
    const plan = (): { readonly upTo: bigint | undefined } | undefined => {
      const page = this.#page(of, request);
      return page && { upTo: page.isLast ? undefined : (page.keys.at(-1) as bigint) };
    };
    return this.#gate(`page-end ${of.name.name}`, plan, signal);
  }

  read(of: RowCollection, request: PageRequest, signal: AbortSignal): Promise<RowPage | undefined> {
    return this.#gate(`read-page ${of.name.name}`, () => this.#page(of, request), signal);
  }

  readKeys(
    of: RowCollection,
    { partition, keys, atLeast }: KeysRequest,
    signal: AbortSignal,
  ): Promise<KeyedRows | undefined> {
    const read = (): KeyedRows | undefined => {
      const page = this.#page(of, { partition, after: undefined, atLeast }, Infinity);
      if (page === undefined) return undefined;
      const wanted = new Set<bigint | string>(keys);
      const rows = [...page.keys.keys()].filter((i) => wanted.has(page.keys[i] ?? ""));
      const columns = selectFakeRows(page.columns, rows);
      return { columns, keys: rows.map((i) => page.keys[i] as bigint), until: page.until };
    };
    return this.#gate(`read-keys ${of.name.name}`, read, signal);
  }

  load(of: RowCollection, partition: string, signal: AbortSignal): Promise<void> {
    return this.#gate(`load-source ${of.name.name} ${partition}`, () => this.#setLoaded(of, true), signal);
  }

  release(of: RowCollection, partition: string, signal: AbortSignal): Promise<void> {
    return this.#gate(
      `release-source ${of.name.name} ${partition}`,
      () => this.#setLoaded(of, false),
      signal,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#onClose?.();
    return Promise.resolve();
  }

  /** As little as is asked for: odd keys as they were then, even keys as they are now. */
  #page(
    of: RowCollection,
    { partition, after, upTo, atLeast }: PageRequest,
    pageRows = PAGE_ROWS,
  ): RowPage | undefined {
    const found = this.#find(of);
    const rows = found?.partitions.get(partition.name);
    if (found === undefined || rows === undefined) return undefined;
    if (this.#partition(found, partition.name).id !== partition.id) return undefined;
    if (!found.isLoaded) throw new CdcError("SOURCE_NOT_LOADED", `${of.name.name} is not loaded`);
    const past = found.history.findLast(({ ts }) => ts <= atLeast);
    const isSame = past?.partitionIds.get(partition.name) === partition.id;
    const then = isSame ? [...(past.partitions.get(partition.name) ?? [])] : [];
    const seen = [
      ...then.filter(([key]) => key % 2n === 1n),
      ...[...rows].filter(([key]) => key % 2n === 0n),
    ];
    const isAfter = (key: bigint): boolean => after === undefined || key > BigInt(after);
    const isUpTo = (key: bigint): boolean => upTo === undefined || key <= BigInt(upTo);
    const all = seen.filter(([key]) => isAfter(key) && isUpTo(key));
    const chosen = new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, pageRows));
    const { columns } = insertOf({ ts: 0n, collectionId: of.id, partition: partition.name, rows: chosen });
    const isLast = upTo === undefined ? chosen.size < pageRows : chosen.size === all.length;
    return {
      columns,
      keys: [...chosen.keys()],
      counted: chosen.size,
      sizeBytes: 10,
      isLast,
      unreadableRows: isLast && upTo === undefined ? this.#source.hiddenRows : 0,
      until: this.#source.nextTs(),
    };
  }

  #selected({ partitions }: FakeCollection, { onlyPartitions }: RowCollection): string[] {
    return [...partitions.keys()].filter((name) => isPartitionSelected(onlyPartitions, name));
  }

  #partition(collection: FakeCollection, name: string): SourcePartition {
    return { name, id: this.#source.partitionId(collection, name) };
  }

  #setLoaded(of: RowCollection, isLoaded: boolean): void {
    const found = this.#find(of);
    if (found !== undefined) found.isLoaded = isLoaded;
  }

  #find({ id, name }: RowCollection): FakeCollection | undefined {
    const found = this.#source.collections.get(id);
    const isSame = found?.name.database === name.database && found.name.name === name.name;
    return isSame ? found : undefined;
  }
}

/** The counterpart of `selectRows` for rows of the tests. */
export function selectFakeRows(columns: readonly Column[], rows: readonly number[]): Column[] {
  const init = { ts: 0n, collectionId: 0n, partition: "" };
  const all = [...rowsOf({ ...insertOf({ ...init, rows: new Map() }), columns })];
  const chosen = new Map(rows.flatMap((i) => (all[i] === undefined ? [] : [all[i]])));
  return [...insertOf({ ...init, rows: chosen }).columns];
}
