import { useState } from "preact/hooks";
import {
  CollectionStatus_Phase as Phase,
  Task_State as State,
  type Task,
} from "#gen/milvus/cdc/v1/task_pb.js";
import { useClient } from "../client-context.js";
import { useAction } from "../live/use-action.js";
import { Fault } from "../parts/fault.js";
import { DeleteDialog } from "./delete-dialog.js";
import { ResumeDialog } from "./resume-dialog.js";

type Asked = "delete" | "resnapshot" | "skip";

/** What can be done to a task as it is. */
export function TaskActions({ task }: { readonly task: Task }) {
  const client = useClient();
  const action = useAction();
  const [asked, setAsked] = useState<Asked>();
  const { taskId, state } = task;
  const close = (): void => setAsked(undefined);
  const isBlocked = task.collections.some(
    ({ phase, blockedRecord }) => phase === Phase.BLOCKED && blockedRecord !== undefined,
  );
  return (
    <div class="actions at-end">
      {state === State.Running ? (
        <button
          type="button"
          disabled={action.isBusy}
          onClick={() => void action.run(() => client.pauseTask({ taskId }))}
        >
          Pause
        </button>
      ) : (
        <button
          type="button"
          class="primary"
          disabled={action.isBusy}
          onClick={() => void action.run(() => client.resumeTask({ taskId }))}
        >
          {state === State.Initial ? "Start" : "Resume"}
        </button>
      )}
      {state !== State.Running && state !== State.Initial && (
        <button type="button" disabled={action.isBusy} onClick={() => setAsked("resnapshot")}>
          Resume with a new snapshot
        </button>
      )}
      {isBlocked && (
        <button type="button" disabled={action.isBusy} onClick={() => setAsked("skip")}>
          Skip blocked records
        </button>
      )}
      <button type="button" class="danger" disabled={action.isBusy} onClick={() => setAsked("delete")}>
        Delete
      </button>
      <Fault text={action.fault} />
      {asked === "delete" && <DeleteDialog task={task} onClose={close} />}
      {(asked === "resnapshot" || asked === "skip") && (
        <ResumeDialog task={task} how={asked} onClose={close} />
      )}
    </div>
  );
}
