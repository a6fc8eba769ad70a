import { words } from '../shared/i18n/language.ts';

interface QuantityStepperProps {
  quantity: number;
  max: number;
  onChange: (quantity: number) => void;
}

export function QuantityStepper({ quantity, max, onChange }: QuantityStepperProps) {
  const { item: say } = words.value;
  return (
    <div class="quantity">
      <span class="hint">{say.quantity}</span>
      <span class="stepper">
        <button
          type="button"
          class="button"
          aria-label={say.fewer}
          disabled={quantity <= 1}
          onClick={() => onChange(quantity - 1)}
        >
          −
        </button>
        <output class="numbers" aria-label={say.quantity}>
          {quantity}
        </output>
        <button
          type="button"
          class="button"
          aria-label={say.more}
          disabled={quantity >= max}
          onClick={() => onChange(quantity + 1)}
        >
          +
        </button>
      </span>
    </div>
  );
}
QuantityStepper.props = ['quantity', 'max', 'onChange'];
