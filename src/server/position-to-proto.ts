import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ChannelPosition } from "#gen/milvus/cdc/v1/task_pb.js";
import { ChannelPositionSchema } from "#gen/milvus/cdc/v1/task_pb.js";
import { physicalMs } from "../model/ids.js";
import type { ChannelProgress } from "../model/position.js";

/** What is durable of one channel; no time before its first tick. */
export function positionToProto({ channel, checkpoint, tick }: ChannelProgress): ChannelPosition {
  return create(ChannelPositionSchema, {
    channelName: channel,
    offset: checkpoint,
    time: tick === 0n ? undefined : timestampFromMs(physicalMs(tick)),
  });
}
