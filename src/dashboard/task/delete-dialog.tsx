import { useState } from "preact/hooks";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { useClient } from "../client-context.js";
import { useAction } from "../live/use-action.js";
import { Dialog } from "../parts/dialog.js";
import { Fault } from "../parts/fault.js";
import { targetText } from "../../client/target-text.js";
import { goTo } from "../route.js";

interface DeleteDialogProps {
  readonly task: Task;
  readonly onClose: () => void;
}

/** As many digits of its id as tell a task from the others. */
const ASKED_DIGITS = 8;

/** Has a person say which task is meant before it is forgotten. */
export function DeleteDialog({ task: { taskId, milvusConnectParam }, onClose }: DeleteDialogProps) {
  const client = useClient();
  const action = useAction();
  const [typed, setTyped] = useState("");
  const name = taskId.slice(0, ASKED_DIGITS);
  const isNamed = typed.trim() === name || typed.trim() === taskId;
  const remove = async (): Promise<void> => {
    if (await action.run(() => client.deleteTask({ taskId }))) goTo({ page: "tasks" });
  };
  return (
    <Dialog title="Delete this task?" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isNamed) void remove();
        }}
      >
        <p>
          The task and its positions are forgotten. {targetText(milvusConnectParam)} keeps its data. To go on
          later, a new task has to copy the existing rows again.
        </p>
        <label>
          Type <strong class="mono">{name}</strong> to delete it
          <input
            value={typed}
            autocomplete="off"
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
        <Fault text={action.fault} />
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={!isNamed || action.isBusy}>
            Delete
          </button>
        </div>
      </form>
    </Dialog>
  );
}
