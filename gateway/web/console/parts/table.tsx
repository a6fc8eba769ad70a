import type { SetupContext } from 'vue';

interface TableProps {
  /** For screen readers. */
  label: string;
  /** Names of the first columns. */
  texts: readonly string[];
  /** Names of the columns after them, which are aligned to the right. */
  numbers: readonly string[];
}

/** A table whose rows are its children. If it is wider than the screen it scrolls sideways, with the keyboard too. */
export function Table({ label, texts, numbers }: TableProps, { slots }: Pick<SetupContext, 'slots'>) {
  return (
    <section class="table-scroll" aria-label={label} tabindex={0}>
      <table class="table">
        <thead>
          <tr>
            {texts.map((name) => (
              <th scope="col">{name}</th>
            ))}
            {numbers.map((name) => (
              <th scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{slots['default']?.()}</tbody>
      </table>
    </section>
  );
}
Table.props = ['label', 'texts', 'numbers'];
