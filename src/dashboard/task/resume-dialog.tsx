import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { useClient } from "../client-context.js";
import { useAction } from "../live/use-action.js";
import { Dialog } from "../parts/dialog.js";
import { Fault } from "../parts/fault.js";

interface ResumeDialogProps {
  readonly task: Task;
  readonly how: "resnapshot" | "skip";
  readonly onClose: () => void;
}

const WORDS = {
  resnapshot: {
    title: "Resume with a new snapshot?",
    text: "The rows of the source are copied once more, and rows that it no longer has are deleted on the target. The log is followed from now on.",
    action: "Copy anew",
  },
  skip: {
    title: "Skip the blocked records?",
    text: "The records that block collections are given up: what they would have changed stays as it is on the target, and the history says so. Verify, with repair, finds what is missing then.",
    action: "Skip them",
  },
} as const;

/** A resume that gives something up has to be meant. */
export function ResumeDialog({ task: { taskId, collections }, how, onClose }: ResumeDialogProps) {
  const client = useClient();
  const action = useAction();
  const { title, text, action: name } = WORDS[how];
  const resume = async (): Promise<void> => {
    const request = how === "skip" ? { taskId, skipBlockedRecord: true } : { taskId, resnapshot: true };
    if (await action.run(() => client.resumeTask(request))) onClose();
  };
  const records = how === "skip" ? collections.flatMap(({ blockedRecord }) => blockedRecord ?? []) : [];
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <ul class="small">
        {records.map(({ collectionId, database, name: collection, channelName, offset, cause }) => (
          <li key={`${collectionId}`}>
            <span class="mono">{`${database}.${collection}, ${channelName} at ${offset}`}</span>: {cause}
          </li>
        ))}
      </ul>
      <Fault text={action.fault} />
      <div class="actions">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="danger" disabled={action.isBusy} onClick={() => void resume()}>
          {name}
        </button>
      </div>
    </Dialog>
  );
}
