import { useEffect, useState } from "preact/hooks";
import type { TaskPlan } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { sleep } from "../../async/abort.js";
import { useClient } from "../client-context.js";
import { faultsOf, requestOf } from "./create-request.js";
import type { FormValues } from "./form-values.js";
import { serviceFaults, type ServiceFaults } from "./service-faults.js";

/** What the service says of the form as it stands. */
export interface Checked {
  readonly isChecking: boolean;
  readonly plan?: TaskPlan | undefined;
  readonly faults?: ServiceFaults | undefined;
}

/** After the last letter: the service asks both sides each time. */
const TYPING_MS = 700;

/** Has the service look at the form whenever it has changed and nothing is plainly wrong with it; creates nothing. */
export function usePlan(values: FormValues): Checked {
  const client = useClient();
  const [checked, setChecked] = useState<Checked>({ isChecking: false });
  useEffect(() => {
    if (Object.keys(faultsOf(values)).length > 0) {
      setChecked({ isChecking: false });
      return undefined;
    }
    const ended = new AbortController();
    const { signal } = ended;
    setChecked({ isChecking: true });
    const check = async (): Promise<Checked> => {
      await sleep(TYPING_MS, signal);
      try {
        const request = { ...requestOf(values), validateOnly: true };
        const { plan } = await client.createTask(request, { signal });
        return { isChecking: false, plan };
      } catch (error) {
        return { isChecking: false, faults: serviceFaults(error, values) };
      }
    };
    check().then(
      (found) => signal.aborted || setChecked(found),
      () => undefined,
    );
    return () => ended.abort();
  }, [client, values]);
  return checked;
}
