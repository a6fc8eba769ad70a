interface TextFieldProps {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'datetime-local' | 'decimal' | 'whole';
  hint?: string;
  /** Shown if set. */
  fault?: string | undefined;
}

/** A field with its label, hint and fault, linked for screen readers too. */
export function TextField({ id, label, value, onChange, type = 'text', hint, fault }: TextFieldProps) {
  const isNumber = type === 'decimal' || type === 'whole';
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={type === 'datetime-local' ? type : 'text'}
        inputmode={isNumber ? (type === 'decimal' ? 'decimal' : 'numeric') : undefined}
        autocomplete="off"
        aria-invalid={fault === undefined ? undefined : 'true'}
        aria-describedby={described === '' ? undefined : described}
        value={value}
        onInput={(event: Event) => onChange((event.target as HTMLInputElement).value)}
      />
      {hint !== undefined && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
      {fault !== undefined && (
        <span id={`${id}-fault`} class="fault">
          {fault}
        </span>
      )}
    </div>
  );
}
TextField.props = ['id', 'label', 'value', 'onChange', 'type', 'hint', 'fault'];
