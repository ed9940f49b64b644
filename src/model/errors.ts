/**
 * What happens after an error of a code, decided in this table and nowhere else.
 *
 * - `retry`: transient; tried again for ever, with growing delay, visibly.
 * - `block`: one collection stops with the reason; the others go on.
 * - `fail`: the task becomes Failed; `resume` tries again.
 * - `refuse`: the request is answered with the error; nothing was changed.
 * - `exit`: the service does not start.
 */
export type ErrorAction = "retry" | "block" | "fail" | "refuse" | "exit";

interface ErrorPolicy {
  readonly action: ErrorAction;
  /** What the operator should do. */
  readonly remedy: string;
  /** It is taken for true only after so many tries: a server that is starting may say the same. Once when absent. */
  readonly tries?: number;
}

/** Every code an operator can meet. */
export const errorPolicy = {
  INVALID_ARGUMENT: { action: "refuse", remedy: "Correct the named field and send the request again." },
  TARGET_UNREACHABLE: {
    action: "refuse",
    remedy:
      "Check that the target Milvus answers at this address from where the service runs, and its credentials.",
  },
  TASK_NOT_FOUND: { action: "refuse", remedy: "List the tasks to see their ids." },
  TASK_STATE_CONFLICT: { action: "refuse", remedy: "Get the task to see its state." },
  UNAVAILABLE: { action: "refuse", remedy: "The service is starting or stopping; send the request again." },
  INTERNAL: { action: "retry", remedy: "This is a fault of the service; its log has the details." },
  TARGET_UNAVAILABLE: {
    action: "retry",
    remedy: "Check that the target Milvus runs and answers at its address.",
  },
  TARGET_BUSY: {
    action: "retry",
    remedy: "The target limits writes or is short of memory or disk; give it more, or wait.",
  },
  TARGET_NOT_READY: { action: "retry", remedy: "The target is still preparing the object; wait." },
  TARGET_UNAUTHENTICATED: {
    action: "fail",
    tries: 5,
    remedy:
      "The target refuses the credentials, or its user lacks a right: delete the task and create it with valid ones, or grant what docs/rights.md lists and resume.",
  },
  TARGET_REJECTED: {
    action: "block",
    remedy:
      "The target refuses what the source accepted; see the message, mend the target, pause and resume the task. A single record is given up by a resume with `skip_blocked_record`.",
  },
  TARGET_SCHEMA_DIFFERS: {
    action: "block",
    remedy:
      "Drop or rename the target's collection, or map the source's to another name; pause and resume the task.",
  },
  TARGET_SHARED: {
    action: "block",
    remedy:
      "Two tasks must not write one collection; delete one of them and create it again, with the collection in `exclude_collections` or with another name by `name_mapping`.",
  },
  PARTITIONS_NOT_SELECTABLE: {
    action: "block",
    remedy:
      "A task has all rows of a collection with a partition key, or none; create it again, with the collection in an entry of its own without `partitions`, or in `exclude_collections`.",
  },
  SOURCE_UNAVAILABLE: {
    action: "retry",
    remedy: "Check that the source Milvus runs and answers at its configured address.",
  },
  SOURCE_UNAUTHENTICATED: {
    action: "fail",
    tries: 5,
    remedy:
      "The source refuses the configured credentials, or their user lacks a right: correct `sources` in the configuration and restart, or grant what docs/rights.md lists and resume.",
  },
  SOURCE_NOT_LOADED: {
    action: "block",
    remedy:
      "Load the collection on the source, or create its index and allow `load_for_snapshot`; pause and resume the task.",
  },
  LOG_UNAVAILABLE: {
    action: "retry",
    remedy: "Check that Kafka runs and answers at the configured brokers.",
  },
  LOG_UNAUTHORIZED: {
    action: "retry",
    remedy:
      "Kafka refuses access; allow Describe and Read on the topics of the channel prefix, or correct `kafka.sasl`.",
  },
  POSITION_EXPIRED: {
    action: "fail",
    remedy:
      "The log no longer holds the needed position; resume the task with `resnapshot`, and raise Kafka's retention.",
  },
  LOG_REPLACED: {
    action: "fail",
    remedy:
      "The log is shorter than the task's position, so it is another one; resume the task with `resnapshot`.",
  },
  RECORD_UNREADABLE: {
    action: "block",
    remedy:
      "The log holds a record that cannot be read; report it with its topic and offset, and give it up by a resume with `skip_blocked_record`.",
  },
  METASTORE_UNAVAILABLE: {
    action: "retry",
    remedy: "Check the metastore's disk: space, permissions, health.",
  },
  METASTORE_LOCKED: {
    action: "exit",
    remedy: "Another process uses this metastore; stop it, or give this one another `metastore.path`.",
  },
  METASTORE_NEWER: {
    action: "exit",
    remedy: "A newer version of the service wrote this metastore; start that version.",
  },
  METASTORE_KEY_WRONG: {
    action: "exit",
    remedy:
      "Give the key that the metastore was written with, as `metastore.encryption.key_file` or among `previous_key_files`. Without it, restore the metastore from a backup, or begin with a new one and create the tasks again.",
  },
  CONFIG_INVALID: { action: "exit", remedy: "Correct the configuration as named." },
  LISTEN_FAILED: {
    action: "exit",
    remedy: "Choose another `listen.host` or `listen.port`, or stop what uses it.",
  },
} as const satisfies Record<string, ErrorPolicy>;

export type ErrorCode = keyof typeof errorPolicy;

export interface CdcErrorOptions extends ErrorOptions {
  /** The request's field at fault, as a proto path. */
  readonly field?: string | undefined;
  /** The record of the log at fault. */
  readonly record?: { readonly channel: string; readonly offset: bigint } | undefined;
}

/** The one error type of the project; decisions hang on its `code`, never on its message. */
export class CdcError extends Error {
  override readonly name = "CdcError";
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly record: CdcErrorOptions["record"];

  constructor(code: ErrorCode, message: string, options: CdcErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.field = options.field;
    this.record = options.record;
  }

  get action(): ErrorAction {
    return errorPolicy[this.code].action;
  }

  /** Whether it is tried again after so many tries. */
  isRetriedAfter(tries: number): boolean {
    const policy: ErrorPolicy = errorPolicy[this.code];
    return policy.action === "retry" || tries < (policy.tries ?? 1);
  }

  get remedy(): string {
    return errorPolicy[this.code].remedy;
  }

  /** All that an operator needs: the code, what happened, and what to do. */
  get explanation(): string {
    return `${this.code}: ${this.message}. ${this.remedy}`;
  }

  /** The same error when it is one of ours, else an INTERNAL one that keeps it as cause. Never throws. */
  static from(error: unknown): CdcError {
    if (error instanceof CdcError) return error;
    const text = error instanceof Error ? error.message : String(error);
    return new CdcError("INTERNAL", text, { cause: error });
  }
}
