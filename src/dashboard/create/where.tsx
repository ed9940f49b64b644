import { Field } from "./field.js";
import type { PartProps } from "./part-props.js";

/** Between which servers. */
export function Where({ values, faults, change }: PartProps) {
  return (
    <fieldset>
      <legend>Where</legend>
      <Field label="Target Milvus" hint="Its address as the service sees it." fault={faults.uri}>
        {(control) => (
          <input
            {...control}
            type="url"
            placeholder="http://target:19530"
            value={values.uri}
            onInput={({ currentTarget }) => change({ uri: currentTarget.value })}
          />
        )}
      </Field>
      <Field
        label="Token of the target"
        hint="Or user:password; nothing when it asks for none."
        fault={faults.token}
      >
        {(control) => (
          <input
            {...control}
            type="password"
            autocomplete="off"
            value={values.token}
            onInput={({ currentTarget }) => change({ token: currentTarget.value })}
          />
        )}
      </Field>
      <Field
        label="Source"
        hint="One of those in the service's configuration; default when empty."
        fault={faults.source}
      >
        {(control) => (
          <input
            {...control}
            placeholder="default"
            value={values.source}
            onInput={({ currentTarget }) => change({ source: currentTarget.value })}
          />
        )}
      </Field>
    </fieldset>
  );
}
