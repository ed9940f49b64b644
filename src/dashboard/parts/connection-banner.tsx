import type { Connection } from "../live/follow-tasks.js";

/** Says that what is shown is not of now. */
export function ConnectionBanner({ connection }: { readonly connection: Connection }) {
  return (
    <div role="status" class="connection">
      {connection.kind === "lost" && (
        <p class="banner bad">
          No connection to the service since {connection.since.toLocaleTimeString()}, what you see is of then:{" "}
          {connection.cause}. Trying again…
        </p>
      )}
    </div>
  );
}
