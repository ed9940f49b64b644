import { Field } from "./field.js";
import type { FormValues } from "./form-values.js";
import type { PartProps } from "./part-props.js";
import { hasSchedule } from "./verify-schedule.js";

const LEVELS: readonly (readonly [FormValues["verifyLevel"], string])[] = [
  ["sample", "some rows picked at random"],
  ["counts", "numbers of rows alone"],
  ["full", "every row"],
];

/** How often, and how closely, both sides are compared. */
export function Proof(part: PartProps) {
  const { values, change } = part;
  return (
    <fieldset>
      <legend>Proof</legend>
      <NumberField
        {...part}
        name="verifyMinutes"
        label="Compare both sides every so many minutes"
        hint="While the task runs. Nothing: only when it is asked for."
        placeholder="never"
      />
      {hasSchedule(values) && (
        <>
          <Field label="Compare" fault={undefined}>
            {(control) => (
              <select
                {...control}
                value={values.verifyLevel}
                onChange={({ currentTarget }) =>
                  change({ verifyLevel: LEVELS[currentTarget.selectedIndex]?.[0] ?? "sample" })
                }
              >
                {LEVELS.map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <NumberField
            {...part}
            name="verifyRowsPerSecond"
            label="Rows read in a second, at most"
            hint="Of each side."
            placeholder="10000"
          />
        </>
      )}
    </fieldset>
  );
}

interface NumberFieldProps extends PartProps {
  readonly name: "verifyMinutes" | "verifyRowsPerSecond";
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
}

function NumberField({ name, label, hint, placeholder, values, faults, change }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} fault={faults[name]}>
      {(control) => (
        // of type number, a browser would give nothing for what is no number, and nothing means never
        <input
          {...control}
          type="text"
          inputMode="numeric"
          placeholder={placeholder}
          value={values[name]}
          onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
}
