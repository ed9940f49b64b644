import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "#gen/google/rpc/error_details_pb.js";
import { hasSchedule } from "./verify-schedule.js";
import type { FormFaults, FormValues } from "./form-values.js";

/** Which field of the form shows the faults of which field of the request. */
const FIELDS: readonly (readonly [RegExp, keyof FormValues])[] = [
  [/^milvus_connect_param\.token/, "token"],
  [/^milvus_connect_param/, "uri"],
  [/^(collection_infos|db_collections)/, "collections"],
  [/^exclude_collections/, "excluded"],
  [/^name_mapping/, "names"],
  [/^start_position/, "startTime"],
  [/^source/, "source"],
  [/^verify_every_seconds/, "verifyMinutes"],
  [/^verify_max_rows_per_second/, "verifyRowsPerSecond"],
];

export interface ServiceFaults {
  readonly fields: FormFaults;
  /** What belongs to no field of the form. */
  readonly rest: string | undefined;
}

/** Why the service refuses a request, by field of the form. */
export function serviceFaults(error: unknown, values: FormValues): ServiceFaults {
  const refused = ConnectError.from(error);
  const violations = refused.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const { field, description } of violations) {
    const name = FIELDS.find(([pattern]) => pattern.test(field))?.[1];
    if (name === undefined || !isShown(name, values)) rest.push(`${field}: ${description}`);
    else fields[name] ??= description;
  }
  if (violations.length === 0) rest.push(refused.rawMessage);
  return { fields, rest: rest.length === 0 ? undefined : rest.join("\n") };
}

function isShown(field: keyof FormValues, values: FormValues): boolean {
  const { isEverything, start } = values;
  if (field === "collections") return !isEverything;
  if (field === "verifyRowsPerSecond") return hasSchedule(values);
  return field !== "startTime" || start === "time";
}
