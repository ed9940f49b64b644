import assert from "node:assert/strict";
import { portableProperties } from "../../../src/milvus/collection-properties.js";

describe("portableProperties", () => {
  const OF_THE_CLUSTER = [
    "collection.insertRate.max.mb",
    "collection.insertRate.min.mb",
    "collection.upsertRate.max.mb",
    "collection.deleteRate.max.mb",
    "collection.bulkLoadRate.min.mb",
    "collection.queryRate.max.qps",
    "collection.searchRate.max.vps",
    "collection.insertrate.max.mb",
    "collection.diskProtection.diskQuota.mb",
    "partition.diskProtection.diskQuota.mb",
    "collection.replica.number",
    "collection.resource_groups",
    "replicate.id",
    "replicate.endTS",
  ];
  for (const key of OF_THE_CLUSTER) {
    it(`leaves ${key} to each cluster`, () => {
      assert.deepEqual(portableProperties([{ key, value: "1" }]), []);
    });
  }

  const PORTABLE = [
    "collection.ttl.seconds",
    "collection.autocompaction.enabled",
    "mmap.enabled",
    "lazyload.enabled",
    "partitionkey.isolation",
    "anything.else",
    "my.collection.insertRate.max.mb",
  ];
  for (const key of PORTABLE) {
    it(`takes ${key} over`, () => {
      assert.deepEqual(portableProperties([{ key, value: "1" }]), [{ key, value: "1" }]);
    });
  }
});
