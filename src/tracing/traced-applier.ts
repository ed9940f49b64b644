import { SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { CdcError } from "../model/errors.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { fullName } from "../model/selection.js";
import type { Applier, RowWrite, TargetCollection } from "../sink/applier.js";

/** An applier with a span for each batch of rows that it writes. Without tracing there is none of this, and no cost. */
export function tracedApplier(applier: Applier, tracer: Tracer, taskId: string): Applier {
  return {
    ping: (signal) => applier.ping(signal),
    listDatabases: (signal) => applier.listDatabases(signal),
    createDatabase: (database, signal) => applier.createDatabase(database, signal),
    hasCollections: (database, signal) => applier.hasCollections(database, signal),
    dropDatabase: (database, signal) => applier.dropDatabase(database, signal),
    dropCollection: (name, only, signal) => applier.dropCollection(name, only, signal),
    renameCollection: (from, to, signal) => applier.renameCollection(from, to, signal),
    hasCollection: (name, signal) => applier.hasCollection(name, signal),
    openCollection: async (collection, signal) =>
      tracedCollection(await applier.openCollection(collection, signal), collection, tracer, taskId),
    [Symbol.asyncDispose]: () => applier[Symbol.asyncDispose](),
  };
}

function tracedCollection(
  target: TargetCollection,
  { id, source }: ReplicatedCollection,
  tracer: Tracer,
  taskId: string,
): TargetCollection {
  const attributes = {
    "milvus_cdc.task_id": taskId,
    "milvus_cdc.collection_id": String(id),
    "milvus_cdc.collection": fullName(source),
  };
  return {
    write: async (write, signal) => {
      const size = { "milvus_cdc.kind": write.kind, "milvus_cdc.rows": rowsOf(write) };
      const span = tracer.startSpan("write", {
        kind: SpanKind.CLIENT,
        attributes: { ...attributes, ...size },
      });
      try {
        await target.write(write, signal);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: CdcError.from(error).code });
        throw error;
      } finally {
        span.end();
      }
    },
    deleteOthers: (range, kept, signal) => target.deleteOthers(range, kept, signal),
    dropPartition: (partition, signal) => target.dropPartition(partition, signal),
    renamed: (to) => target.renamed(to),
    structure: (signal) => target.structure(signal),
    differences: target.differences,
    countQueryNodes: (signal) => target.countQueryNodes(signal),
    takeStep: (step, signal) => target.takeStep(step, signal),
    flush: (signal) => target.flush(signal),
  };
}

function rowsOf(write: RowWrite): number {
  if (write.kind === "delete") return write.deletes.reduce((sum, { keys }) => sum + keys.length, 0);
  return write.inserts.reduce((sum, { rows }) => sum + rows, 0);
}
