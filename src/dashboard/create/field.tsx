import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** What ties a control to its words. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly fault: string | undefined;
  readonly children: (control: ControlProps) => ComponentChildren;
}

/** A control with its name, what it is for, and what is wrong with it. */
export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  const control = { id, "aria-describedby": `${id}-hint ${id}-fault`, "aria-invalid": fault !== undefined };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(control)}
      <div id={`${id}-hint`} class="quiet small">
        {hint}
      </div>
      <div id={`${id}-fault`} class="bad-text small" aria-live="polite">
        {fault}
      </div>
    </div>
  );
}
