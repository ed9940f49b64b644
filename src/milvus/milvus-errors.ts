import { status as Grpc, type ServiceError } from "@grpc/grpc-js";
import { CdcError, type ErrorCode } from "../model/errors.js";
import { plainly } from "./connection-faults.js";

/** Which of the two Milvus a call goes to; errors are named after it. */
export type MilvusSide = "source" | "target";

/** What a Milvus answers about a call, in every version. */
export interface MilvusStatus {
  /** Since 2.3; 0 is success. */
  readonly code: number;
  /** The older, coarser code; 0 is success. */
  readonly errorCode: number;
  readonly reason: string;
  readonly retriable: boolean;
}

/** Codes of Milvus 2.3 and later, and the older `error_code`s, that decisions hang on. */
const CODE = {
  memoryLimit: 3,
  requestLimit: 4,
  rateLimit: 8,
  quotaExceeded: 9,
  collectionNotFound: 100,
  collectionNotLoaded: 101,
  illegalSchema: 106,
  partitionNotFound: 200,
  partitionNotLoaded: 201,
  indexNotFound: 700,
  indexNotSupported: 701,
  databaseNotFound: 800,
  invalidParameter: 1100,
  missingParameter: 1101,
  notAuthenticated: 1400,
  notPermitted: 1401,
  aliasNotFound: 1600,
} as const;
const OLD = {
  permissionDenied: 3,
  collectionNotExists: 4,
  illegalArgument: 5,
  rateLimit: 49,
  quota: [52, 53, 54, 55],
} as const;

const MISSING: readonly number[] = [
  CODE.collectionNotFound,
  CODE.partitionNotFound,
  CODE.indexNotFound,
  CODE.databaseNotFound,
  CODE.aliasNotFound,
];
const BUSY: readonly number[] = [CODE.memoryLimit, CODE.requestLimit, CODE.rateLimit, CODE.quotaExceeded];
const REFUSED: readonly number[] = [
  CODE.illegalSchema,
  CODE.indexNotSupported,
  CODE.invalidParameter,
  CODE.missingParameter,
];
/** Of a source: nothing there is written, so that an index is missed by loading only. */
const NOT_LOADED: readonly number[] = [CODE.collectionNotLoaded, CODE.partitionNotLoaded, CODE.indexNotFound];
const UNAUTHENTICATED: readonly number[] = [CODE.notAuthenticated, CODE.notPermitted];

export function isSuccess(status: MilvusStatus): boolean {
  return status.code === 0 && status.errorCode === 0;
}

/** Whether the object that a call names does not exist there. */
export function isMissing(status: MilvusStatus): boolean {
  return MISSING.includes(status.code) || status.errorCode === OLD.collectionNotExists;
}

/**
 * What a refusal means. Only what is known to be permanent blocks a
 * collection; everything else is retried, since a wrong guess there costs time
 * and a wrong guess here costs rows.
 */
export function errorOfStatus(side: MilvusSide, call: string, status: MilvusStatus): CdcError {
  const message = `${call} at the ${side}: ${status.reason || "refused without a reason"} (code ${status.code || status.errorCode})`;
  return new CdcError(codeOfStatus(side, status), message);
}

function codeOfStatus(side: MilvusSide, status: MilvusStatus): ErrorCode {
  if (UNAUTHENTICATED.includes(status.code) || status.errorCode === OLD.permissionDenied)
    return unauthenticated(side);
  if (side === "source") return NOT_LOADED.includes(status.code) ? "SOURCE_NOT_LOADED" : "SOURCE_UNAVAILABLE";
  if (BUSY.includes(status.code) || status.errorCode === OLD.rateLimit) return "TARGET_BUSY";
  if (OLD.quota.some((code) => code === status.errorCode)) return "TARGET_BUSY";
  if (status.retriable) return "TARGET_UNAVAILABLE";
  if (REFUSED.includes(status.code) || status.errorCode === OLD.illegalArgument) return "TARGET_REJECTED";
  return "TARGET_NOT_READY";
}

/** What a failed call means; its message never holds what was sent. */
export function errorOfCall(side: MilvusSide, call: string, endpoint: string, error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const grpc = isServiceError(error) ? error : undefined;
  const text = plainly(grpc?.details ?? (error instanceof Error ? error.message : String(error)));
  const message = `${call} at the ${side} ${endpoint}: ${text}`;
  return new CdcError(codeOfCall(side, grpc?.code), message, { cause: error });
}

/** Whether a call failed because the server does not know it. */
export function isUnimplemented(error: unknown): boolean {
  return hasCause(error, Grpc.UNIMPLEMENTED);
}

/** Whether a call failed as it does when the server cannot read what was sent; a broken connection may look the same. */
export function isInternal(error: unknown): boolean {
  return hasCause(error, Grpc.INTERNAL);
}

function hasCause(error: unknown, code: Grpc): boolean {
  return error instanceof CdcError && isServiceError(error.cause) && error.cause.code === code;
}

function codeOfCall(side: MilvusSide, code: Grpc | undefined): ErrorCode {
  if (code === Grpc.UNAUTHENTICATED || code === Grpc.PERMISSION_DENIED) return unauthenticated(side);
  if (side === "source") return "SOURCE_UNAVAILABLE";
  if (code === Grpc.RESOURCE_EXHAUSTED) return "TARGET_BUSY";
  return "TARGET_UNAVAILABLE";
}

function unauthenticated(side: MilvusSide): ErrorCode {
  return side === "source" ? "SOURCE_UNAUTHENTICATED" : "TARGET_UNAUTHENTICATED";
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}
