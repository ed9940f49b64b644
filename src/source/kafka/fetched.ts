/** Answer with records. */
export interface Fetched {
  /** Missing in the oldest version of the answer. */
  readonly errorCode?: number;
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly errorCode: number;
      readonly messages: readonly FetchedMessage[];
    }[];
  }[];
}

export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly value: Buffer | null;
  readonly isControlRecord?: boolean;
  /** Why nobody can tell what this record, and perhaps others before it, say. */
  readonly unreadable?: Error;
}
