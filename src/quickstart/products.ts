import { DataType, type CreateCollectionReq, type RowData } from "@zilliz/milvus2-sdk-node";

/** The collection that the quickstart writes. */
export const COLLECTION = "products";
/** Its columns, for people. */
export const COLUMNS =
  "id int64 key, name varchar, details JSON, embedding float vector(8), and a dynamic field";

const DIMENSIONS = 8;
const COLOURS = ["red", "green", "blue"];

/** Definition of the collection; indexed, so that it can be loaded. */
export const definition: CreateCollectionReq = {
  collection_name: COLLECTION,
  enable_dynamic_field: true,
  fields: [
    { name: "id", data_type: DataType.Int64, is_primary_key: true },
    { name: "name", data_type: DataType.VarChar, max_length: 64 },
    { name: "details", data_type: DataType.JSON },
    { name: "embedding", data_type: DataType.FloatVector, dim: DIMENSIONS },
  ],
};

export const index = {
  collection_name: COLLECTION,
  field_name: "embedding",
  index_name: "embedding_index",
  index_type: "HNSW",
  metric_type: "L2",
  params: { M: 8, efConstruction: 64 },
};

/** The row of an id; a greater `version` has other values in every column. */
export function productRow(id: number, version = 1): RowData {
  return {
    id,
    name: `product ${id}${version === 1 ? "" : ` v${version}`}`,
    details: { price: (id % 100) + version / 4, tags: [`t${id % 7}`, "ß✓"], stock: { version } },
    embedding: Array.from({ length: DIMENSIONS }, (_, at) => Math.sin(id * (at + 1) + version)),
    colour: COLOURS[(id + version) % COLOURS.length] ?? null,
  };
}

export function idRange(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}
