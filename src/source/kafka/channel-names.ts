import { CdcError } from "../../model/errors.js";

/** Tells which topics of a cluster are a Milvus's channels: `<prefix>-rootcoord-dml_<n>` and `<prefix>-replicate-msg`. */
export function channelMatcher(prefix: string): (topic: string) => boolean {
  const dml = dmlPrefix(prefix);
  const requests = requestChannel(prefix);
  return (topic) => topic === requests || (topic.startsWith(dml) && /^\d+$/.test(topic.slice(dml.length)));
}

/** Channels that every Milvus with this prefix has, sooner or later. */
export function surestChannels(prefix: string): readonly string[] {
  return [`${dmlPrefix(prefix)}0`, requestChannel(prefix)];
}

/** For people: all channels of a Milvus. */
export function describeChannels(prefix: string): string {
  return `topics ${dmlPrefix(prefix)}* and ${requestChannel(prefix)}`;
}

/**
 * Whoever names the channel of requests by another name means another source.
 *
 * @throws CdcError INVALID_ARGUMENT
 */
export function checkRequestChannel(prefix: string, name: string | undefined): void {
  const known = requestChannel(prefix);
  if (name === undefined || name === known) return;
  const options = { field: "rpc_channel_info.name" };
  throw new CdcError("INVALID_ARGUMENT", `must be ${known}, as this source has it, or absent`, options);
}

/** Carries the source's requests. */
export function requestChannel(prefix: string): string {
  return `${prefix}-replicate-msg`;
}

function dmlPrefix(prefix: string): string {
  return `${prefix}-rootcoord-dml_`;
}
