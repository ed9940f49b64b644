import { useState } from "preact/hooks";
import { useClient } from "../client-context.js";
import { useAction } from "../live/use-action.js";
import { Fault } from "../parts/fault.js";
import { goTo } from "../route.js";
import { faultsOf, requestOf } from "./create-request.js";
import { EMPTY_FORM, type FormFaults, type FormValues } from "./form-values.js";
import type { PartProps } from "./part-props.js";
import { Options } from "./options.js";
import { PlanView } from "./plan-view.js";
import { Proof } from "./proof.js";
import { newTaskId } from "./task-id.js";
import { usePlan } from "./use-plan.js";
import { What } from "./what.js";
import { Where } from "./where.js";

/** A new task: a form that is checked while it is filled in, with the plan beside it. */
export function CreatePage() {
  const client = useClient();
  const action = useAction();
  const [values, setValues] = useState(EMPTY_FORM);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  // one id for all tries: a second one, after an answer that was lost, creates no second task
  const [taskId] = useState(newTaskId);
  const checked = usePlan(values);
  const faults = faultsOf(values);
  const change = (changed: Partial<FormValues>): void => {
    setTouched(new Set([...touched, ...Object.keys(changed)]));
    setValues({ ...values, ...changed });
  };
  const create = async (): Promise<void> => {
    setTouched(new Set(Object.keys(values)));
    if (Object.keys(faults).length > 0) return;
    const isMade = await action.run(() => client.createTask({ ...requestOf(values), taskId }));
    if (isMade) goTo({ page: "task", taskId });
  };
  const part: PartProps = { values, faults: { ...checked.faults?.fields, ...only(faults, touched) }, change };
  return (
    <>
      <h1>New task</h1>
      <div class="columns">
        <form
          class="card"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void create();
          }}
        >
          <Where {...part} />
          <What {...part} />
          <Options {...part} />
          <Proof {...part} />
          <Fault text={action.fault ?? checked.faults?.rest} />
          <div class="actions">
            <button type="submit" class="primary" disabled={action.isBusy}>
              {values.startsNow ? "Create and start" : "Create"}
            </button>
          </div>
        </form>
        <PlanView checked={checked} isBegun={values.uri !== ""} />
      </div>
    </>
  );
}

/** Nobody is told what is wrong with a field that they have not come to yet. */
function only(faults: FormFaults, touched: ReadonlySet<string>): FormFaults {
  return Object.fromEntries(Object.entries(faults).filter(([field]) => touched.has(field)));
}
