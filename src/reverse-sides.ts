import type { Config } from "./config/config.js";
import type { ReverseSides } from "./engine/reverse-task.js";
import type { MilvusAddress } from "./model/milvus-address.js";
import { serverKey } from "./model/server-key.js";
import { targetAddress } from "./model/target-address.js";
import type { ConnectParam, TaskSpec } from "./model/task.js";

/** What a task from the target back to the source would read and write; undefined when the target is no configured source. */
export function reverseSides(
  { sources }: Pick<Config, "sources">,
  { connectParam, source = "default" }: TaskSpec,
): ReverseSides | undefined {
  const target = serverKey(targetAddress(connectParam).endpoint);
  const back = Object.entries(sources).find(([, { milvus }]) => serverKey(milvus.endpoint) === target);
  const origin = Object.hasOwn(sources, source) ? sources[source] : undefined;
  return back && origin && { source: back[0], connectParam: connectParamOf(origin.milvus) };
}

function connectParamOf({
  endpoint,
  token,
  username,
  password,
  tls,
  connectTimeoutMs,
}: MilvusAddress): ConnectParam {
  return {
    uri: `${tls === undefined ? "http" : "https"}://${endpoint}`,
    token,
    username,
    password,
    connectTimeoutSeconds: Math.ceil(connectTimeoutMs / 1000),
    dialConfig: tls && {
      serverName: tls.serverName,
      caPemPath: tls.caPath,
      clientPemPath: tls.certPath,
      clientKeyPath: tls.keyPath,
    },
  };
}
