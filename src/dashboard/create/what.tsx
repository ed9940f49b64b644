import { Field } from "./field.js";
import type { PartProps } from "./part-props.js";

/** Which collections, and under which names. */
export function What(part: PartProps) {
  const { values, change } = part;
  return (
    <fieldset>
      <legend>What</legend>
      <label class="check">
        <input
          type="radio"
          name="selection"
          checked={values.isEverything}
          onChange={() => change({ isEverything: true })}
        />{" "}
        Every collection of every database
      </label>
      <label class="check">
        <input
          type="radio"
          name="selection"
          checked={!values.isEverything}
          onChange={() => change({ isEverything: false })}
        />{" "}
        Only some
      </label>
      {!values.isEverything && (
        <LinesField
          {...part}
          name="collections"
          label="Collections"
          hint="database.collection, one in a line; * stands for any letters, ? for one. For some partitions only, add them after a colon."
          placeholder={"default.orders_*\ndefault.events: 2026_*, 2027_*"}
        />
      )}
      <details>
        <summary>Leave some out, or give other names</summary>
        <LinesField
          {...part}
          name="excluded"
          label="Without"
          hint="database.collection, one in a line."
          placeholder="*.tmp_*"
        />
        <LinesField
          {...part}
          name="names"
          label="Other names on the target"
          hint="One in a line. All of a database goes to one database."
          placeholder={"db1 -> db2\ndefault.books -> default.books_copy"}
        />
      </details>
    </fieldset>
  );
}

interface LinesFieldProps extends PartProps {
  readonly name: "collections" | "excluded" | "names";
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
}

function LinesField({ name, label, hint, placeholder, values, faults, change }: LinesFieldProps) {
  return (
    <Field label={label} hint={hint} fault={faults[name]}>
      {(control) => (
        <textarea
          {...control}
          rows={3}
          spellcheck={false}
          placeholder={placeholder}
          value={values[name]}
          onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
}
