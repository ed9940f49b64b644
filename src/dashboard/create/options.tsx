import { Field } from "./field.js";
import type { FormValues } from "./form-values.js";
import type { PartProps } from "./part-props.js";

const STARTS: readonly (readonly [FormValues["start"], string])[] = [
  ["snapshot", "with the rows that exist, and every change from now on"],
  ["latest", "with changes from now on alone"],
  ["earliest", "with the oldest change that the log holds"],
  ["time", "with the changes since a time"],
];

const CHECKS = [
  ["loadForSnapshot", "Load what is not loaded on the source while its rows are copied"],
  ["replicateRbac", "Replicate roles and what they may do"],
  [
    "earlyApply",
    "Write rows before the log has put them in order, and repair what came late (about 0.3 s sooner)",
  ],
  ["startsNow", "Start at once"],
] as const;

/** How. */
export function Options({ values, faults, change }: PartProps) {
  return (
    <fieldset>
      <legend>How</legend>
      <Field label="Begin" fault={undefined}>
        {(control) => (
          <select
            {...control}
            value={values.start}
            onChange={({ currentTarget }) =>
              change({ start: STARTS[currentTarget.selectedIndex]?.[0] ?? "snapshot" })
            }
          >
            {STARTS.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        )}
      </Field>
      {values.start === "time" && (
        <Field label="Since" hint="In your time zone; the log must still hold it." fault={faults.startTime}>
          {(control) => (
            <input
              {...control}
              type="datetime-local"
              step={1}
              value={values.startTime}
              onInput={({ currentTarget }) => change({ startTime: currentTarget.value })}
            />
          )}
        </Field>
      )}
      {CHECKS.map(([name, text]) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={values[name]}
            onChange={({ currentTarget }) => change({ [name]: currentTarget.checked })}
          />{" "}
          {text}
        </label>
      ))}
    </fieldset>
  );
}
