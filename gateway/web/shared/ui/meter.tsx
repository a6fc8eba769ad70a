/** A bar that repeats the text beside it, so it is hidden from screen readers. */
export function Meter({ value, max }: { value: number; max: number }) {
  const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return (
    <div class="meter" aria-hidden="true">
      <span style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
Meter.props = ['value', 'max'];
