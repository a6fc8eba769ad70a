import type { SetupContext } from 'vue';

/** Wider than a phone: moves sideways, with the keyboard as well. */
export function Scrollable({ label }: { label: string }, { slots }: Pick<SetupContext, 'slots'>) {
  return (
    <section class="table-scroll" aria-label={label} tabindex={0}>
      {slots['default']?.()}
    </section>
  );
}
Scrollable.props = ['label'];
