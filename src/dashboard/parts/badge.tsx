import type { ComponentChildren } from "preact";

/** How well something is; never told by the colour alone. */
export type Tone = "good" | "busy" | "bad" | "quiet";

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
