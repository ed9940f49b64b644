import { Code, ConnectError } from "@connectrpc/connect";
import { ViolationsSchema } from "#gen/buf/validate/validate_pb.js";
import { BadRequestSchema, RetryInfoSchema } from "#gen/google/rpc/error_details_pb.js";
import type { ErrorCode } from "../model/errors.js";
import { CdcError } from "../model/errors.js";
import { withoutUserinfo } from "./userinfo.js";
import type { FieldFault } from "./violations.js";
import { faultFromViolation, faultsToText } from "./violations.js";

/** What a caller learns of a fault of ours; the log has the rest. */
const INTERNAL_TEXT = "internal error; the log of the service has the details";
const LISTED_FAULTS = 10;
/** What is away for longer answers so again; no caller asks more often than that. */
const RETRY_INFO = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n } } };

/** The only place where our error codes become Connect's. A code that is absent is a fault of the service. */
const codes: Partial<Readonly<Record<ErrorCode, Code>>> = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  TARGET_UNREACHABLE: Code.InvalidArgument,
  TASK_NOT_FOUND: Code.NotFound,
  TASK_STATE_CONFLICT: Code.FailedPrecondition,
  UNAVAILABLE: Code.Unavailable,
  METASTORE_UNAVAILABLE: Code.Unavailable,
  SOURCE_UNAVAILABLE: Code.Unavailable,
  TARGET_UNAVAILABLE: Code.Unavailable,
  TARGET_BUSY: Code.Unavailable,
  TARGET_NOT_READY: Code.Unavailable,
  LOG_UNAVAILABLE: Code.Unavailable,
  LOG_UNAUTHORIZED: Code.Unavailable,
  SOURCE_UNAUTHENTICATED: Code.FailedPrecondition,
  TARGET_UNAUTHENTICATED: Code.FailedPrecondition,
};

/** What a caller gets for any error that a call ends with. Never throws. */
export function rpcErrorFrom(error: unknown): ConnectError {
  if (error instanceof CdcError) return fromCdcError(error);
  if (!(error instanceof ConnectError)) return internal(error);
  const violations = error.findDetails(ViolationsSchema).flatMap((detail) => detail.violations);
  return violations.length === 0 ? error : badRequest(violations.map(faultFromViolation), error);
}

/**
 * An INVALID_ARGUMENT that lists fields, in its text and as google.rpc.BadRequest.
 * buf.validate.Violations does not go along: it repeats keys of any length, and gRPC sends it in a header.
 */
export function badRequest(faults: readonly FieldFault[], cause: unknown): ConnectError {
  const fieldViolations = faults
    .slice(0, LISTED_FAULTS)
    .map(({ field, description }) => ({ field, description }));
  const details = [{ desc: BadRequestSchema, value: { fieldViolations } }];
  return new ConnectError(faultsToText(faults), Code.InvalidArgument, undefined, details, cause);
}

function fromCdcError(error: CdcError): ConnectError {
  const code = codes[error.code];
  if (code === undefined) return internal(error);
  const text = withoutUserinfo(error.message);
  if (code === Code.InvalidArgument) {
    const field = error.field ?? (error.code === "TARGET_UNREACHABLE" ? "milvus_connect_param" : "");
    return badRequest([{ field, description: withRemedy(text, error) }], error);
  }
  const details = code === Code.Unavailable ? [RETRY_INFO] : undefined;
  return new ConnectError(withRemedy(text, error), code, undefined, details, error);
}

/** "Correct the named field" says nothing that the text does not. */
function withRemedy(text: string, error: CdcError): string {
  return error.code === "INVALID_ARGUMENT" ? text : `${text} - ${error.remedy}`;
}

function internal(cause: unknown): ConnectError {
  return new ConnectError(INTERNAL_TEXT, Code.Internal, undefined, undefined, cause);
}
