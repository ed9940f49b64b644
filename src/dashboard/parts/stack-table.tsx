import type { ComponentChildren } from "preact";

interface StackTableProps {
  readonly columns: readonly string[];
  /** Its lines. */
  readonly children: ComponentChildren;
}

/** A table whose lines become blocks of named values on a phone: cells name their column as `data-label`. */
export function StackTable({ columns, children }: StackTableProps) {
  return (
    <table class="stack">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
