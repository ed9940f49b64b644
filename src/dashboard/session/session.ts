import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

const KEY = "milvus-cdc-token";

/** Whether the page may go on, or why somebody has to sign in first. */
export type SessionState =
  { readonly kind: "going-on" } | { readonly kind: "asking"; readonly cause: string | undefined };

/**
 * Who looks at the page. The token is kept in the browser's tab and sent in a header: a cookie would go along with
 * requests that other pages cause.
 */
export class Session {
  readonly #storage: Pick<Storage, "getItem" | "removeItem" | "setItem">;
  #state: SessionState = { kind: "going-on" };
  #tell: (state: SessionState) => void = () => undefined;

  constructor(storage: Pick<Storage, "getItem" | "removeItem" | "setItem">) {
    this.#storage = storage;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Calls `tell` with each new state, until the function it answers is called. */
  follow(tell: (state: SessionState) => void): () => void {
    this.#tell = tell;
    return () => (this.#tell = () => undefined);
  }

  get isSignedIn(): boolean {
    return this.#storage.getItem(KEY) !== null;
  }

  signIn(token: string): void {
    this.#storage.setItem(KEY, token.trim());
    this.#become({ kind: "going-on" });
  }

  signOut(): void {
    this.#ask(undefined);
  }

  /** Says in each call who makes it, and asks when the service does not know. */
  readonly interceptor: Interceptor = (next) => async (request) => {
    const token = this.#storage.getItem(KEY);
    if (token !== null) request.header.set("authorization", `Bearer ${token}`);
    try {
      return await next(request);
    } catch (error) {
      // one that was under way while somebody signed in says nothing of the new token
      if (ConnectError.from(error).code === Code.Unauthenticated && token === this.#storage.getItem(KEY))
        this.#ask(token === null ? undefined : "The service does not know this token.");
      throw error;
    }
  };

  #ask(cause: string | undefined): void {
    this.#storage.removeItem(KEY);
    this.#become({ kind: "asking", cause });
  }

  #become(state: SessionState): void {
    this.#state = state;
    this.#tell(state);
  }
}
