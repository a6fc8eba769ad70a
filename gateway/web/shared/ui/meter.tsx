/** A bar beside the words that say the same; hidden from screen readers, which read those. */
export function Meter({ value, max }: { value: number; max: number }) {
  const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return (
    <div class="meter" aria-hidden="true">
      <span style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
Meter.props = ['value', 'max'];
