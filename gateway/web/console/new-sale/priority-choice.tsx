/** Whether the orders of the sale are made before those of other sales. */
export function PriorityChoice({ chosen, onChange }: { chosen: boolean; onChange: (chosen: boolean) => void }) {
  return (
    <fieldset>
      <legend>When orders are behind</legend>
      <div class="choices">
        <label for="hasPriority">
          <input id="hasPriority" type="checkbox" checked={chosen} onChange={() => onChange(!chosen)} />
          Make the orders of this sale before those of other sales
        </label>
      </div>
      <p class="hint">The others still get their share.</p>
    </fieldset>
  );
}
PriorityChoice.props = ['chosen', 'onChange'];
