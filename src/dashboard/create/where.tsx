import { Field } from "./field.js";
import type { PartProps } from "./part-props.js";

/** Between which servers. */
export function Where(part: PartProps) {
  return (
    <fieldset>
      <legend>Where</legend>
      <TextField
        {...part}
        name="uri"
        label="Target Milvus"
        hint="Its address as the service sees it."
        input={{ type: "url", placeholder: "http://target:19530" }}
      />
      <TextField
        {...part}
        name="token"
        label="Token of the target"
        hint="Or user:password; nothing when it asks for none."
        input={{ type: "password", autocomplete: "off" }}
      />
      <TextField
        {...part}
        name="source"
        label="Source"
        hint="One of those in the service's configuration; default when empty."
        input={{ type: "text", placeholder: "default" }}
      />
    </fieldset>
  );
}

interface TextFieldProps extends PartProps {
  readonly name: "source" | "token" | "uri";
  readonly label: string;
  readonly hint: string;
  readonly input:
    | { readonly type: "password"; readonly autocomplete: "off" }
    | { readonly type: "text"; readonly placeholder: string }
    | { readonly type: "url"; readonly placeholder: string };
}

function TextField({ name, label, hint, input, values, faults, change }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} fault={faults[name]}>
      {(control) => (
        <input
          {...control}
          {...input}
          value={values[name]}
          onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
}
