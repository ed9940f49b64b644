interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/** What of kafkajs's private class is needed. */
export interface PooledConnections {
  readonly pool: readonly { readonly requestQueue: RequestQueue }[];
}

/**
 * Lets kafkajs rest. Its connections look for requests that wait, and each look
 * plans the next one, a millisecond later, also when none waits: with a few
 * connections per task that was most of what an idle service did. One that
 * comes to wait has the next look planned by itself.
 */
export function lookOnlyWhileRequestsWait({ pool }: PooledConnections): void {
  for (const { requestQueue } of pool) {
    const plan = requestQueue.scheduleCheckPendingRequests.bind(requestQueue);
    requestQueue.scheduleCheckPendingRequests = () => {
      if (requestQueue.pending.length > 0) plan();
    };
  }
}
