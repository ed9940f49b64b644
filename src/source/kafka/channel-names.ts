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

function dmlPrefix(prefix: string): string {
  return `${prefix}-rootcoord-dml_`;
}

function requestChannel(prefix: string): string {
  return `${prefix}-replicate-msg`;
}
