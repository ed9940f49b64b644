import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  LastVerification_Outcome as Outcome,
  LastVerificationSchema,
  type Task,
} from "#gen/milvus/cdc/v1/task_pb.js";
import type { VerificationOutcome } from "../model/last-verification.js";
import type { TaskRecord } from "../model/task.js";
import { nextVerificationMs } from "../model/next-verification.js";

const outcomes: Readonly<Record<VerificationOutcome, Outcome>> = {
  equal: Outcome.EQUAL,
  differ: Outcome.DIFFER,
  incomplete: Outcome.INCOMPLETE,
};

/** What the last comparison of both sides found, and when the next one is due. */
export function verificationToProto(
  task: TaskRecord,
): Partial<Pick<Task, "lastVerification" | "nextVerificationAt">> {
  const { lastVerification: last, state } = task;
  const nextMs = state === "Running" ? nextVerificationMs(task) : undefined;
  return {
    ...(last && {
      lastVerification: create(LastVerificationSchema, {
        ...last.counts,
        at: timestampFromMs(last.atMs),
        level: last.level,
        outcome: outcomes[last.outcome],
        isRepaired: last.isRepaired,
      }),
    }),
    ...(nextMs !== undefined && { nextVerificationAt: timestampFromMs(nextMs) }),
  };
}
