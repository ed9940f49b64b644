import type { ServiceImpl } from "@connectrpc/connect";
import type { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import type { TaskService } from "../engine/task-service.js";
import { CdcError } from "../model/errors.js";
import { blockedRecordToProto } from "./blocked-record-to-proto.js";
import { positionToProto } from "./position-to-proto.js";
import { previewToProto } from "./preview-to-proto.js";
import { switchoverOptionsFromProto, switchoverUpdateToProto } from "./switchover-convert.js";
import { sampleToProto } from "./sample-to-proto.js";
import { taskSpecFromProto } from "./task-spec-from-proto.js";
import { taskToProto } from "./task-to-proto.js";
import { watchTasks } from "./watch-tasks.js";
import { verifyOptionsFromProto, verifyUpdateToProto } from "./verify-convert.js";

/** The RPCs of CdcService, each a call of `tasks`. Requests are validated before they come here. */
export function createCdcService(tasks: TaskService): ServiceImpl<typeof CdcService> {
  return {
    createTask: async (request, { signal }) => {
      const { taskId, disableAutoStart } = request;
      const spec = taskSpecFromProto(request, Date.now());
      if (request.validateOnly) return { plan: previewToProto(await tasks.preview(spec, signal)) };
      return { taskId: await tasks.create(spec, { taskId, disableAutoStart }, signal) };
    },
    listTasks: async () => ({ tasks: (await tasks.list()).map(taskToProto) }),
    getTask: async ({ taskId }) => ({ task: taskToProto(await tasks.get(taskId)) }),
    watchTasks: async function* ({ taskId }, { signal }) {
      if (taskId !== undefined) await tasks.get(taskId); // or there is none
      const look = async (): Promise<readonly Task[]> =>
        (await tasks.list())
          .filter(({ task }) => taskId === undefined || task.id === taskId)
          .map(taskToProto);
      for await (const update of watchTasks(look, signal)) {
        yield { update };
        if (taskId !== undefined && update.case === "goneTaskId") return;
      }
    },
    pauseTask: async ({ taskId }) => {
      await tasks.pause(taskId);
      return {};
    },
    resumeTask: async ({ taskId, resnapshot, skipBlockedRecord }) => {
      await tasks.resume(taskId, { resnapshot, skipBlockedRecord });
      return {};
    },
    deleteTask: async ({ taskId, ignoreNotFound }) => {
      const deleted = tasks.delete(taskId);
      await (ignoreNotFound === true ? unlessNotFound(deleted) : deleted);
      return {};
    },
    listBlockedRecords: async ({ taskId }) => ({
      records: (await tasks.blockedRecords(taskId)).map(blockedRecordToProto),
    }),
    verifyTask: async function* (request, { signal }) {
      const options = verifyOptionsFromProto(request);
      for await (const update of tasks.verify(request.taskId, options, signal))
        yield verifyUpdateToProto(update);
    },
    switchoverTask: async function* (request, { signal }) {
      const options = switchoverOptionsFromProto(request);
      for await (const update of tasks.switchOver(request.taskId, options, signal))
        yield switchoverUpdateToProto(update);
    },
    getTaskPosition: async ({ taskId }) => ({
      positions: (await tasks.positions(taskId)).map(positionToProto),
    }),
    getTaskSamples: async ({ taskId }) => ({
      samples: (await tasks.samples(taskId)).map(sampleToProto),
    }),
  };
}

async function unlessNotFound(action: Promise<void>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!(error instanceof CdcError && error.code === "TASK_NOT_FOUND")) throw error;
  }
}
