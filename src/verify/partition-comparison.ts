import { selectRows } from "../milvus/select-rows.js";
import { compareKeys } from "../model/key-order.js";
import type { HybridTs } from "../model/ids.js";
import type { Key, KeySpan } from "../model/key-span.js";
import type { RepairCounts } from "../model/verified-task.js";
import type { RowPage, SourcePartition } from "../source/row-source.js";
import { compareRows, type Rows } from "./compare-rows.js";
import { findDuplicates } from "./find-duplicates.js";
import { settle, type RowVerdict } from "./settler.js";
import type { SideReader } from "./side-reader.js";
import type { Tally } from "./tally.js";

/** Keys that seem to differ are looked at together, when they are so many or so long. */
const MAX_PENDING_KEYS = 10_000;
const MAX_PENDING_CHARS = 8 << 20;
/** About what the rows of a request have together. */
const CHUNK_BYTES = 4 << 20;
const MAX_CHUNK_ROWS = 2_000;

/** One partition on both sides; undefined where there is none. */
export interface PartitionPair {
  readonly name: string;
  readonly source: SourcePartition | undefined;
  readonly target: SourcePartition | undefined;
}

export interface ComparisonParts {
  readonly partition: PartitionPair;
  readonly source: SideReader;
  readonly target: SideReader;
  readonly tally: Tally;
  readonly passed: (ts: HybridTs) => Promise<void>;
  /** Rows that were compared so far were told to the tally. */
  readonly onProgress: () => void;
  /** Makes these rows of the target equal, no more than make a request; undefined when that was not asked for. */
  readonly repair: ((keys: readonly Key[]) => Promise<RepairCounts>) | undefined;
  /** What a repair would do is counted. */
  readonly isDryRun: boolean;
}

/** A page of the source that is on its way: what is behind a key, in a range. */
interface Reading {
  readonly span: KeySpan;
  readonly after: Key | undefined;
  readonly page: Promise<RowPage>;
}

const NO_ROWS: RowPage = { keys: [], columns: [], sizeBytes: 0, isLast: true, counted: 0, until: 0n };

/**
 * Compares the rows of one partition: page by page of the source, each with the target's rows of the same range of
 * keys. Neither side is stopped for it, so what differs is looked at again (`settle`) before it is called a difference.
 */
export class PartitionComparison {
  readonly #parts: ComparisonParts;
  #pending: Key[] = [];
  #pendingChars = 0;
  #rowBytes = CHUNK_BYTES / MAX_CHUNK_ROWS;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
  }

  /** Compares ranges of keys until there are no more. The source reads on, into the next range as well, while the target reads. */
  async compare(nextSpan: () => KeySpan | undefined): Promise<void> {
    let reading = this.#begin(nextSpan());
    while (reading !== undefined) {
      const { span, after } = reading;
      const page = await reading.page;
      const end = page.isLast ? span.upTo : page.keys.at(-1);
      reading = page.isLast ? this.#begin(nextSpan()) : this.#read(span, end);
      await this.#compareWithTarget(page, { after, upTo: end });
    }
  }

  /** Looks at what still seems to differ. */
  async finish(): Promise<void> {
    const keys = this.#pending;
    this.#pending = [];
    this.#pendingChars = 0;
    if (keys.length === 0) return;
    const { tally, source, target, passed } = this.#parts;
    const { verdicts, equal, restless } = await settle(keys, {
      chunks: (all) => this.#chunks(all),
      source: (some) => this.#rowsOf("source", some),
      target: (some) => this.#rowsOf("target", some),
      now: () => (this.#parts.partition.source === undefined ? target : source).now(),
      passed,
    });
    tally.add("settled", equal);
    tally.add("restless", restless.length);
    for (const verdict of verdicts) this.#tell(verdict);
    const [gone, kept] = [true, false].map((isExtra) =>
      verdicts.filter(({ kind }) => (kind === "extra") === isExtra).map(({ key }) => key),
    );
    await this.#repair(kept ?? [], gone ?? []);
    this.#parts.onProgress();
  }

  async #compareWithTarget(page: RowPage, { after, upTo }: KeySpan): Promise<void> {
    const { tally, onProgress } = this.#parts;
    tally.add("sourceRows", page.counted);
    let from = after;
    for (;;) {
      const found = await this.#targetPage(from, upTo);
      const end = found.isLast ? upTo : found.keys.at(-1);
      const rows = within(page, { after: from, upTo: end });
      tally.add("targetRows", found.counted);
      tally.add("comparedRows", rows.keys.length);
      const { missing, extra, differing } = compareRows(rows, found);
      await this.#lookAgain([...missing, ...extra, ...differing.keys()]);
      if (await this.#mayHaveDuplicates(found, { after: from, upTo: end }))
        await this.#lookForDuplicates(Array.from<Key>(found.keys));
      onProgress();
      if (found.isLast) return;
      from = end;
    }
  }

  async #lookAgain(keys: readonly Key[]): Promise<void> {
    for (const key of keys) {
      this.#pending.push(key);
      this.#pendingChars += typeof key === "string" ? key.length : 8;
      const isFull = this.#pending.length >= MAX_PENDING_KEYS || this.#pendingChars >= MAX_PENDING_CHARS;
      if (isFull) await this.finish();
    }
  }

  /** Rows that come or go between the questions could hide one that is there twice, so it was counted before and after. */
  async #mayHaveDuplicates({ keys, counted, unreadableRows = 0 }: RowPage, span: KeySpan): Promise<boolean> {
    const { partition, target } = this.#parts;
    if (partition.target === undefined) return false;
    const rows = keys.length + unreadableRows;
    return counted !== rows || (await target.countRange(partition.target, span)) !== rows;
  }

  /** What was counted and read at different times, while writes flow, has to be seen again. */
  async #lookForDuplicates(keys: readonly Key[]): Promise<void> {
    const { tally } = this.#parts;
    const limit = Math.max(1, tally.listing.left);
    const suspects = await findDuplicates(
      keys,
      { present: (some) => this.#present(some), count: (some) => this.#count("target", some) },
      limit,
    );
    if (suspects.length === 0) return;
    await this.#pass();
    const doubled: Key[] = [];
    for (const key of suspects) {
      const there = await this.#count("target", [key]);
      const here = await this.#count("source", [key]);
      if (there <= Math.max(1, here)) continue;
      doubled.push(key);
      const detail = `${here} at the source, ${there} at the target`;
      const beyond = there - Math.max(1, here);
      tally.row("duplicated", { partition: this.#parts.partition.name, key, detail }, beyond);
    }
    // those that are too many to be looked at one by one are counted
    if (suspects.length >= limit) tally.add("duplicated", await this.#surplus(keys, doubled.length));
    await this.#repair(suspects.length >= limit ? keys : doubled, []);
  }

  async #repair(copies: readonly Key[], deletes: readonly Key[]): Promise<void> {
    const { repair, isDryRun, tally } = this.#parts;
    if (isDryRun) {
      tally.add("copied", copies.length);
      tally.add("deleted", deletes.length);
    } else if (repair !== undefined) {
      for (const chunk of this.#chunks([...copies, ...deletes])) {
        const { copied, deleted } = await repair(chunk);
        tally.add("copied", copied);
        tally.add("deleted", deleted);
      }
    }
  }

  async #pass(): Promise<void> {
    const { source, passed } = this.#parts;
    await passed(await source.now());
  }

  /** Rows that the target has beyond those of the source and those that were told. */
  async #surplus(keys: readonly Key[], told: number): Promise<number> {
    const usual = Math.max(keys.length, await this.#count("source", keys));
    return Math.max(0, (await this.#count("target", keys)) - usual - told);
  }

  async #present(keys: readonly Key[]): Promise<readonly Key[]> {
    const { partition, target } = this.#parts;
    if (partition.target === undefined) return [];
    return Array.from<Key>(await target.presentOf(partition.target, keys as bigint[]));
  }

  #count(side: "source" | "target", keys: readonly Key[]): Promise<number> {
    const partition = this.#parts.partition[side];
    if (partition === undefined) return Promise.resolve(0);
    return this.#parts[side].countOf(partition, keys as bigint[]);
  }

  #rowsOf(side: "source" | "target", keys: readonly Key[]): Promise<Rows> {
    const partition = this.#parts.partition[side];
    return partition === undefined ? Promise.resolve(NO_ROWS) : this.#parts[side].rowsOf(partition, keys);
  }

  #begin(span: KeySpan | undefined): Reading | undefined {
    return span && this.#read(span, span.after);
  }

  #read(span: KeySpan, after: Key | undefined): Reading {
    const { partition, source } = this.#parts;
    const page =
      partition.source === undefined
        ? Promise.resolve(NO_ROWS)
        : source.page(partition.source, after, span.upTo);
    // it is waited for later
    page.catch(() => undefined);
    return { span, after, page };
  }

  async #targetPage(after: Key | undefined, upTo: Key | undefined): Promise<RowPage> {
    const { partition, target } = this.#parts;
    if (partition.target === undefined) return NO_ROWS;
    const page = await target.page(partition.target, after, upTo);
    if (page.keys.length > 0) this.#rowBytes = Math.max(1, page.sizeBytes / page.keys.length);
    return page;
  }

  #chunks(keys: readonly Key[]): Key[][] {
    const size = Math.min(MAX_CHUNK_ROWS, Math.max(1, Math.floor(CHUNK_BYTES / this.#rowBytes)));
    return Array.from({ length: Math.ceil(keys.length / size) }, (_, i) =>
      keys.slice(i * size, (i + 1) * size),
    );
  }

  #tell(verdict: RowVerdict): void {
    const { tally, partition } = this.#parts;
    const columns = verdict.kind === "differing" ? verdict.columns : undefined;
    tally.row(verdict.kind, { partition: partition.name, key: verdict.key, columns });
  }
}

/** The rows of a range of keys. */
function within({ keys, columns }: Rows, { after, upTo }: KeySpan): Rows {
  const all = Array.from<Key>(keys);
  const places = [...all.keys()].filter((i) => {
    const key = all[i] as Key;
    const isAfter = after === undefined || compareKeys(key, after) > 0;
    return isAfter && (upTo === undefined || compareKeys(key, upTo) <= 0);
  });
  if (places.length === all.length) return { keys, columns };
  return { keys: places.map((i) => all[i]) as bigint[], columns: selectRows(columns, places) };
}
