import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { ServerLogger } from "../server-logger.js";
import { isOpen, neededRole } from "./needed-role.js";
import { visitKey } from "./visit.js";

/** What the log is told of a request: which task, and what makes a call another one. Nothing else, since the rest holds secrets. */
const TOLD = [
  "taskId",
  "validateOnly",
  "resnapshot",
  "skipBlockedRecord",
  "repair",
  "dryRun",
  "ignoreNotFound",
] as const;

/** What is longer is no task's, and was not looked at yet: nobody may fill the disk with what they are refused. */
const MAX_TOLD_LENGTH = 255;

/**
 * Writes one line for each call that does more than look: who, what, which task, and how it ended, refused ones among
 * them. Of a stream, when it is over.
 */
export function auditCalls(logger: ServerLogger): Interceptor {
  return (next) => async (request) => {
    const { method, contextValues } = request;
    if (isOpen(method) || neededRole(method) === "reader") return next(request);
    const who = contextValues.get(visitKey)?.caller?.name;
    let asked: Record<string, unknown> = {};
    let answered: Record<string, unknown> = {};
    const write = (result: string): void =>
      logger.info({ who, action: method.name, ...answered, ...asked, result }, "audit");
    try {
      if (!request.stream) {
        asked = told(request.message);
        const response = await next(request);
        if (!response.stream) answered = told(response.message);
        write("ok");
        return response;
      }
      const message = noted(request.message, (first) => (asked = told(first)));
      const response = await next({ ...request, message });
      return response.stream ? { ...response, message: watched(response.message, write) } : response;
    } catch (error) {
      write(resultOf(error));
      throw error;
    }
  };
}

async function* noted<T>(messages: AsyncIterable<T>, note: (message: T) => void): AsyncIterable<T> {
  for await (const message of messages) {
    note(message);
    yield message;
  }
}

/** A client that goes away ends the iteration without an error. */
async function* watched<T>(messages: AsyncIterable<T>, write: (result: string) => void): AsyncIterable<T> {
  let result = codeToString(Code.Canceled);
  try {
    yield* messages;
    result = "ok";
  } catch (error) {
    result = resultOf(error);
    throw error;
  } finally {
    write(result);
  }
}

function told(message: object): Record<string, unknown> {
  return Object.fromEntries(
    TOLD.flatMap((key) => {
      const value: unknown = Reflect.get(message, key);
      if (typeof value === "string") return value === "" ? [] : [[key, value.slice(0, MAX_TOLD_LENGTH)]];
      return value === undefined || value === false ? [] : [[key, value]];
    }),
  );
}

function resultOf(error: unknown): string {
  return codeToString(ConnectError.from(error).code);
}
