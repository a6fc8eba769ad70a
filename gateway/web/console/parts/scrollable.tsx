import type { SetupContext } from 'vue';

/** Content that is wider than a phone. It scrolls sideways, with the keyboard too. */
export function Scrollable({ label }: { label: string }, { slots }: Pick<SetupContext, 'slots'>) {
  return (
    <section class="table-scroll" aria-label={label} tabindex={0}>
      {slots['default']?.()}
    </section>
  );
}
Scrollable.props = ['label'];
