import type { FormFaults, FormValues } from "./form-values.js";

/** What each part of the form gets. */
export interface PartProps {
  readonly values: FormValues;
  readonly faults: FormFaults;
  readonly change: (changed: Partial<FormValues>) => void;
}
