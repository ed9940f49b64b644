import assert from "node:assert/strict";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { CreateTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { findShapeFault } from "../../../src/server/json-shape.js";

describe("findShapeFault", () => {
  const fault = (json: JsonValue) => findShapeFault(CreateTaskRequestSchema, json);

  it("finds nothing in a good request, whichever names its keys have", () => {
    assert.equal(
      fault({ milvus_connect_param: { port: "1" }, nameMapping: [{ sourceDb: "a" }], source: null }),
      undefined,
    );
  });

  it("gives the path of the first fault", () => {
    const json = { db_collections: { a: { collection_infos: [{ name: "x" }, { name: 5 }] } } };
    const field = 'db_collections["a"].collection_infos[1].name';
    assert.deepEqual(fault(json), { field, description: "must be a string, not a number of this size" });
  });

  it("never quotes a value", () => {
    const description = fault({ milvus_connect_param: { port: "s3cret" } })?.description;
    assert.equal(description, "must be a whole number, not a string");
    const negative = fault({ verify_every_seconds: -1 })?.description;
    assert.equal(negative, "must be a whole number and not below 0, not a number of this size");
  });

  it("shortens a key of a megabyte", () => {
    const field = fault({ db_collections: { ["k".repeat(1_000_000)]: 1 } })?.field ?? "";
    assert.ok(field.length < 100 && field.endsWith('…"]'), field.slice(0, 100));
  });

  it("refuses all that protobuf-es refuses", () => {
    const names = [
      "milvus_connect_param",
      "milvusConnectParam",
      "uri",
      "port",
      "enable_tls",
      "name",
      "collection_infos",
    ];
    const key = fc.constantFrom(
      ...names,
      "db_collections",
      "name_mapping",
      "collection_mapping",
      "dial_config",
      "positions",
      "use_start_position",
      "buffer_config",
      "period",
      "start_position",
      "x",
    );
    const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.constantFrom<JsonValue>(
          null,
          true,
          0,
          1.5,
          -1,
          2 ** 31,
          -(2 ** 31),
          "",
          "1",
          " 1",
          "1.0",
          "1e3",
          "0x1",
          "a",
          "\ud800",
          "NaN",
        ),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(key, tie("json"), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        if (fault(value) !== undefined) return;
        assert.doesNotThrow(() => fromJson(CreateTaskRequestSchema, value, { ignoreUnknownFields: true }));
      }),
      { numRuns: 3000 },
    );
  });
});
