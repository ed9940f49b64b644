import type { MilvusStatus } from "./milvus-errors.js";

/** A status as the SDK decodes it: the old code by its name. */
export interface SdkStatus {
  readonly error_code?: string | number;
  readonly code?: string | number;
  readonly reason?: string;
}

/** The names of those old codes that decisions hang on. */
const OLD_CODES: Readonly<Record<string, number>> = {
  Success: 0,
  PermissionDenied: 3,
  CollectionNotExists: 4,
  IllegalArgument: 5,
  RateLimit: 49,
  InsufficientMemoryToLoad: 52,
  MemoryQuotaExhausted: 53,
  DiskQuotaExhausted: 54,
  TimeTickLongDelay: 55,
};
const UNEXPECTED = 1;

export function statusOfSdk(status: SdkStatus): MilvusStatus {
  const old = status.error_code ?? 0;
  return {
    code: Number(status.code ?? 0),
    errorCode: typeof old === "number" ? old : (OLD_CODES[old] ?? UNEXPECTED),
    reason: status.reason ?? "",
    retriable: "retriable" in status && status.retriable === true,
  };
}
