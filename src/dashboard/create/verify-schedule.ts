import type { CreateTaskRequest } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { FormValues } from "./form-values.js";

type Values = Pick<FormValues, "verifyMinutes" | "verifyLevel" | "verifyRowsPerSecond">;

const MAX_MINUTES = 525_600;
const MAX_ROWS_PER_SECOND = 2_000_000_000;

/** Whether both sides are compared without anybody asking for it. */
export function hasSchedule({ verifyMinutes }: Pick<Values, "verifyMinutes">): boolean {
  return verifyMinutes.trim() !== "";
}

export function scheduleFaults(values: Values): readonly (readonly [keyof Values, string | undefined])[] {
  if (!hasSchedule(values)) return [];
  const { verifyMinutes, verifyRowsPerSecond } = values;
  return [
    ["verifyMinutes", wholeNumberFault(verifyMinutes, MAX_MINUTES)],
    [
      "verifyRowsPerSecond",
      verifyRowsPerSecond.trim() === ""
        ? undefined
        : wholeNumberFault(verifyRowsPerSecond, MAX_ROWS_PER_SECOND),
    ],
  ];
}

/** Of values without faults. What is as by default is left out. */
export function scheduleOf({
  verifyMinutes,
  verifyLevel,
  verifyRowsPerSecond,
}: Values): Pick<CreateTaskRequest, "verifyEverySeconds" | "verifyLevel" | "verifyMaxRowsPerSecond"> {
  return {
    verifyEverySeconds: Number(verifyMinutes) * 60,
    verifyLevel: verifyLevel === "sample" ? undefined : verifyLevel,
    verifyMaxRowsPerSecond: verifyRowsPerSecond.trim() === "" ? undefined : Number(verifyRowsPerSecond),
  };
}

function wholeNumberFault(text: string, most: number): string | undefined {
  const isWhole = /^[0-9]{1,10}$/.test(text.trim());
  if (isWhole && Number(text) >= 1 && Number(text) <= most) return undefined;
  return `Give a whole number from 1 to ${most}, or nothing.`;
}
