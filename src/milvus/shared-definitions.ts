import { createRequire } from "node:module";

/** What the SDK uses of the library that reads Milvus's API for it. */
interface ProtoLoader {
  fromJSON: (json: object, options?: object) => object;
}

/**
 * Lets clients of the SDK share what Milvus's API was read to. Each client reads it twice, which takes more than half
 * of what the service does from its start to the first row; and nobody changes what comes of it.
 */
export function shareDefinitions(): void {
  const sdk = createRequire(import.meta.url).resolve("@zilliz/milvus2-sdk-node");
  const loader = createRequire(sdk)("@grpc/proto-loader") as ProtoLoader;
  const read = loader.fromJSON;
  const known = new WeakMap<object, Map<string, object>>();
  loader.fromJSON = (json, options) => {
    const ofJson = known.get(json) ?? new Map<string, object>();
    known.set(json, ofJson);
    const key = JSON.stringify(options);
    const definition = ofJson.get(key) ?? read(json, options);
    ofJson.set(key, definition);
    return definition;
  };
}
