import assert from "node:assert/strict";
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  DescribeCollectionResponseSchema,
  type DescribeCollectionResponse,
} from "#gen/milvus/wire/v1/rpc_pb.js";
import { CollectionSchemaSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { CdcError } from "../../../../src/model/errors.js";
import { DataType } from "../../../../src/milvus/data-type.js";
import {
  createRequest,
  schemaDifferences,
  settingDifferences,
  targetShape,
} from "../../../../src/sink/milvus/target-schema.js";
import { describedCollection, FIELDS, schemaBytes } from "../../../support/engine-descriptions.js";

const KEYED = FIELDS.map((field) => (field.name === "vector" ? { ...field, isPartitionKey: true } : field));
/** What a target made by `createRequest` describes. */
const MADE = FIELDS.slice(0, 2).map((field) => ({ ...field, autoId: false }));

function described(...schema: Parameters<typeof schemaBytes>): DescribeCollectionResponse {
  return create(DescribeCollectionResponseSchema, { schema: schemaBytes(...schema) });
}

describe("createRequest", () => {
  it("asks for the source's own fields, under the target's name, with keys that are given", () => {
    const request = createRequest(describedCollection());
    const schema = fromBinary(CollectionSchemaSchema, request.schema ?? new Uint8Array());
    assert.deepEqual([request.dbName, request.collectionName, schema.name], ["copy", "uno", "uno"]);
    assert.deepEqual(
      schema.fields.map(({ name }) => name),
      ["id", "vector"],
    );
    assert.ok(!schema.autoId && schema.fields.every(({ autoId }) => !autoId));
    assert.equal(schema.enableDynamicField, true);
  });

  it("takes over shards, consistency and properties", () => {
    const { shardsNum, consistencyLevel, properties } = createRequest(describedCollection());
    assert.deepEqual([shardsNum, consistencyLevel], [2, 1]);
    assert.deepEqual(
      properties?.map(({ key, value }) => [key, value]),
      [["collection.ttl.seconds", "60"]],
    );
  });

  it("leaves limits of resources to the target", () => {
    const properties = [
      { key: "collection.insertRate.max.mb", value: "1" },
      { key: "mmap.enabled", value: "true" },
    ];
    const request = createRequest(describedCollection(FIELDS, { properties }));
    assert.deepEqual(request.properties, [{ key: "mmap.enabled", value: "true" }]);
  });

  it("names the number of partitions only with a partition key", () => {
    assert.equal(createRequest(describedCollection()).numPartitions, 0n);
    assert.equal(createRequest(describedCollection(KEYED)).numPartitions, 16n);
  });
});

describe("targetShape", () => {
  it("finds the key, and whether rows find their partition by a column", () => {
    assert.deepEqual(targetShape(describedCollection()), { keyField: "id", hasPartitionKey: false });
    assert.deepEqual(targetShape(describedCollection(KEYED)), { keyField: "id", hasPartitionKey: true });
  });

  it("refuses a collection without a key", () => {
    const isRejected = (e: unknown): boolean => e instanceof CdcError && e.code === "TARGET_REJECTED";
    assert.throws(() => targetShape(describedCollection(FIELDS.slice(1))), isRejected);
  });
});

describe("settingDifferences", () => {
  const made = { shardsNum: 2, consistencyLevel: 1, schema: schemaBytes(MADE) };

  it("are none for the collection that was asked for", () => {
    const existing = create(DescribeCollectionResponseSchema, made);
    assert.deepEqual(settingDifferences(describedCollection(), existing), []);
  });

  it("name each setting on both sides", () => {
    const schema = schemaBytes(MADE, { description: "old" });
    const existing = create(DescribeCollectionResponseSchema, { shardsNum: 1, consistencyLevel: 3, schema });
    assert.deepEqual(settingDifferences(describedCollection(), existing), [
      'the description is "old", that of the source is ""',
      "the consistency level is Eventually, that of the source is Session",
      "the number of shards is 1, that of the source is 2",
    ]);
  });
});

describe("schemaDifferences", () => {
  it("are none for the collection that was asked for, however its server lists it", () => {
    const dynamic = FIELDS[2] ?? {};
    assert.deepEqual(schemaDifferences(describedCollection(), described([...MADE].reverse())), []);
    assert.deepEqual(schemaDifferences(describedCollection(), described([...MADE, dynamic])), []);
  });

  const [id = {}, vector = {}] = MADE;
  const CASES: readonly [name: string, found: DescribeCollectionResponse, difference: string][] = [
    ["a missing field", described([id]), "field vector is missing"],
    ["a field too many", described([...MADE, { fieldId: 103n, name: "x" }]), "field x is not in the source"],
    [
      "another type",
      described([{ ...id, dataType: DataType.varChar }, vector]),
      "field id has data_type varChar, needed int64",
    ],
    [
      "automatic keys",
      described([{ ...id, autoId: true }, vector]),
      "field id has auto_id true, needed false",
    ],
    [
      "another key",
      described([{ ...id, isPrimaryKey: false }, vector]),
      "field id has is_primary_key false, needed true",
    ],
    [
      "another dimension",
      described([id, { ...vector, typeParams: [{ key: "dim", value: "9" }] }]),
      "field vector has dim 9, needed 8",
    ],
    ["no dimension", described([id, { ...vector, typeParams: [] }]), "field vector has dim unset, needed 8"],
    [
      "no dynamic field",
      described(MADE, { enableDynamicField: false }),
      "enable_dynamic_field is false, needed true",
    ],
  ];
  for (const [name, found, difference] of CASES) {
    it(`tell of ${name}`, () =>
      assert.deepEqual(schemaDifferences(describedCollection(), found), [difference]));
  }
});
