import {
  CollectionStatus_Phase as Phase,
  Task_State as State,
  TaskHealth_Status as Status,
  type Task,
} from "#gen/milvus/cdc/v1/task_pb.js";
import { Badge, type Tone } from "./badge.js";

const STATES: Readonly<Record<State, Tone>> = {
  [State.STATE_UNSPECIFIED]: "quiet",
  [State.Initial]: "quiet",
  [State.Running]: "good",
  [State.Paused]: "quiet",
  [State.Failed]: "bad",
};

const STATUSES: Readonly<Record<Status, readonly [Tone, string]>> = {
  [Status.UNSPECIFIED]: ["quiet", "unknown"],
  [Status.STARTING]: ["busy", "starting"],
  [Status.IDLE]: ["good", "idle"],
  [Status.FLOWING]: ["good", "flowing"],
  [Status.RETRYING]: ["bad", "retrying"],
  [Status.STALLED]: ["bad", "stalled"],
  [Status.DISCONNECTED]: ["bad", "disconnected"],
};

const PHASES: Readonly<Record<Phase, readonly [Tone, string]>> = {
  [Phase.UNSPECIFIED]: ["quiet", "unknown"],
  [Phase.WAITING]: ["busy", "waiting"],
  [Phase.STREAMING]: ["good", "streaming"],
  [Phase.BLOCKED]: ["bad", "blocked"],
  [Phase.SNAPSHOT]: ["busy", "copying"],
};

/** State, and how a running task is doing. */
export function TaskBadges({ task: { state, health } }: { readonly task: Task }) {
  const [tone, text] = STATUSES[health?.status ?? Status.UNSPECIFIED];
  return (
    <span class="badges">
      <Badge tone={STATES[state]}>{State[state]}</Badge>
      {health !== undefined && <Badge tone={tone}>{text}</Badge>}
    </span>
  );
}

export function PhaseBadge({ phase }: { readonly phase: Phase }) {
  const [tone, text] = PHASES[phase];
  return <Badge tone={tone}>{text}</Badge>;
}
