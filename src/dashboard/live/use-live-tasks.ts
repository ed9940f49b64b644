import { useEffect, useState } from "preact/hooks";
import { useClient } from "../client-context.js";
import { followTasks, NOT_YET, type LiveTasks } from "./follow-tasks.js";

/** All tasks, as they are now or were when the service was last heard. */
export function useLiveTasks(): LiveTasks {
  const client = useClient();
  const [live, setLive] = useState(NOT_YET);
  useEffect(() => {
    const ended = new AbortController();
    void followTasks(client, setLive, ended.signal);
    return () => ended.abort();
  }, [client]);
  return live;
}
