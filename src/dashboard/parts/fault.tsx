/** Why something that was asked for did not happen. */
export function Fault({ text }: { readonly text: string | undefined }) {
  return <div role="alert">{text !== undefined && <p class="banner bad preserve">{text}</p>}</div>;
}
