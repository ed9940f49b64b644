import { useEffect, useState } from "preact/hooks";
import { Field } from "../create/field.js";

interface SignInProps {
  /** Why one is asked again. */
  readonly cause: string | undefined;
  readonly onToken: (token: string) => void;
}

/** Asks for a token. */
export function SignIn({ cause, onToken }: SignInProps) {
  const [token, setToken] = useState("");
  useEffect(() => void (document.title = "Sign in – Milvus CDC"), []);
  return (
    <main>
      <h1>Milvus CDC</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== "") onToken(token);
        }}
      >
        <Field
          label="Token"
          hint="One of those in the service's configuration; it is forgotten with this tab."
          fault={cause}
        >
          {(control) => (
            <input
              {...control}
              type="password"
              autocomplete="off"
              value={token}
              onInput={({ currentTarget }) => setToken(currentTarget.value)}
            />
          )}
        </Field>
        <button class="button primary" type="submit">
          Sign in
        </button>
      </form>
    </main>
  );
}
