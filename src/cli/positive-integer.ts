import { InvalidArgumentError } from "commander";

/** Reads an option's value. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("give a positive whole number");
  return Number(text);
}
