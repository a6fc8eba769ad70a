interface UnitsChoiceProps {
  quantity: number;
  /** Undefined until the operator has chosen. */
  value: boolean | undefined;
  fault: string | undefined;
  onChange: (returnUnits: boolean) => void;
}

/** What becomes of the units once all money of the order has gone back. */
export function UnitsChoice({ quantity, value, fault, onChange }: UnitsChoiceProps) {
  const one = quantity === 1;
  const choices = [
    {
      returns: true,
      id: 'refund-returnUnits',
      text: one ? 'The unit goes back on sale' : `The ${quantity} units go back on sale`,
    },
    {
      returns: false,
      id: 'refund-keepUnits',
      text: `The stock shrinks by ${quantity}: ${one ? 'the unit is' : 'the units are'} gone`,
    },
  ];
  return (
    <fieldset class="choices" aria-describedby={fault === undefined ? undefined : 'refund-units-fault'}>
      <legend>Once all money of the order has gone back</legend>
      {choices.map(({ returns, id, text }) => (
        <label for={id}>
          <input id={id} type="radio" name="refund-units" checked={value === returns} onChange={() => onChange(returns)} />
          {text}
        </label>
      ))}
      {fault !== undefined && (
        <span id="refund-units-fault" class="fault">
          {fault}
        </span>
      )}
    </fieldset>
  );
}
UnitsChoice.props = ['quantity', 'value', 'fault', 'onChange'];
