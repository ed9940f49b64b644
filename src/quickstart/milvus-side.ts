import { ConsistencyLevelEnum, MilvusClient, type RowData } from "@zilliz/milvus2-sdk-node";
import { untilAborted } from "../async/abort.js";
import { COLLECTION, definition, index } from "./products.js";
import { QuickstartError } from "./quickstart-error.js";

/** The most that Milvus answers to one query. */
const MAX_ROWS = 16_384;
const CALL_TIMEOUT_MS = 10_000;

/** "Strong" sees all that was acknowledged; "Eventually" what is visible at once, without waiting. */
export type Consistency = "Strong" | "Eventually";

interface Answered {
  readonly status?: { readonly error_code?: string | number; readonly reason?: string };
  readonly error_code?: string | number;
  readonly reason?: string;
}

/** The collection `products` of one Milvus, by the SDK that a person would use. */
export class MilvusSide {
  readonly #name: string;
  readonly #client: MilvusClient;

  /** @param name - such as "source"; for error messages */
  constructor(name: string, uri: string) {
    this.#name = name;
    this.#client = new MilvusClient({
      address: uri,
      timeout: CALL_TIMEOUT_MS,
      maxRetries: 0,
      telemetry: { enabled: false },
      logLevel: "error",
    });
    this.#client.connectPromise.catch(() => undefined); // each call tells
  }

  /** Creates, indexes and loads the collection. */
  async createCollection(signal: AbortSignal): Promise<void> {
    await this.#call("CreateCollection", () => this.#client.createCollection(definition), signal);
    await this.#call("CreateIndex", () => this.#client.createIndex(index), signal);
    await this.#call(
      "LoadCollection",
      () => this.#client.loadCollection({ collection_name: COLLECTION }),
      signal,
    );
  }

  async insert(data: RowData[], signal: AbortSignal): Promise<void> {
    await this.#call("Insert", () => this.#client.insert({ collection_name: COLLECTION, data }), signal);
  }

  async upsert(data: RowData[], signal: AbortSignal): Promise<void> {
    await this.#call("Upsert", () => this.#client.upsert({ collection_name: COLLECTION, data }), signal);
  }

  async delete(ids: readonly number[], signal: AbortSignal): Promise<void> {
    const filter = `id in [${ids.join(",")}]`;
    await this.#call("Delete", () => this.#client.delete({ collection_name: COLLECTION, filter }), signal);
  }

  /** Ids from `first` on that are visible now. */
  async visibleIds(first: number, signal: AbortSignal): Promise<readonly number[]> {
    const rows = await this.#query(`id >= ${first}`, ["id"], "Eventually", signal);
    return rows.map((row) => Number(row["id"]));
  }

  /** Every row with every field. */
  allRows(consistency: Consistency, signal: AbortSignal): Promise<readonly RowData[]> {
    return this.#query("id >= 0", ["*"], consistency, signal);
  }

  /** Counts stored rows; unlike a query, two with one key count as two. */
  async count(consistency: Consistency, signal: AbortSignal): Promise<number> {
    const [row] = await this.#query("", ["count(*)"], consistency, signal);
    return Number(row?.["count(*)"]);
  }

  async close(): Promise<void> {
    await this.#client.closeConnection().catch(() => undefined); // it never was open
  }

  async #query(
    filter: string,
    fields: string[],
    consistency: Consistency,
    signal: AbortSignal,
  ): Promise<readonly RowData[]> {
    const query = {
      collection_name: COLLECTION,
      filter,
      output_fields: fields,
      consistency_level: ConsistencyLevelEnum[consistency],
      ...(filter === "" ? {} : { limit: MAX_ROWS }),
    };
    return (await this.#call("Query", () => this.#client.query(query), signal)).data;
  }

  async #call<A extends Answered>(call: string, action: () => Promise<A>, signal: AbortSignal): Promise<A> {
    const answer = await untilAborted(action(), signal).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new QuickstartError(`${call} on the ${this.#name} Milvus failed`, { cause });
    });
    const { error_code: code, reason } = answer.status ?? answer;
    if (code === undefined || code === "Success" || code === 0) return answer;
    throw new QuickstartError(`${call} on the ${this.#name} Milvus failed: ${code} ${reason ?? ""}`);
  }
}
