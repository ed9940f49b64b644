import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Session } from "./session.js";
import { SignIn } from "./sign-in.js";

/** The page, or the question who looks at it; a service that asks nobody never brings it up. */
export function WithSession({
  session,
  children,
}: {
  readonly session: Session;
  readonly children: ComponentChildren;
}) {
  const [state, setState] = useState(session.state);
  useEffect(() => session.follow(setState), [session]);
  if (state.kind === "asking")
    return <SignIn cause={state.cause} onToken={(token) => session.signIn(token)} />;
  return (
    <>
      {children}
      {session.isSignedIn && (
        <footer>
          <button class="button" type="button" onClick={() => session.signOut()}>
            Sign out
          </button>
        </footer>
      )}
    </>
  );
}
