import { fromBinary } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import type { CollectionName } from "../../model/selection.js";
import { schemaDifferences, settingDifferences } from "./target-schema.js";

/** A collection as a Milvus describes it. */
export interface Described {
  readonly name: CollectionName;
  readonly description: Uint8Array;
}

/** How a target's collection differs from the one that its source would be given there: schema and settings, in words. */
export function describedDifferences({ name, description }: Described, target: Described): string[] {
  const wanted = { source: name, target: target.name, description };
  const existing = fromBinary(DescribeCollectionResponseSchema, target.description);
  return [...schemaDifferences(wanted, existing), ...settingDifferences(wanted, existing)];
}
