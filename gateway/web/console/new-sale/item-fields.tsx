import type { ItemDraft } from './sale-draft.ts';
import { TextField } from './text-field.tsx';

interface ItemFieldsProps {
  /** Reactive. The fields write to it. */
  item: ItemDraft;
  index: number;
  faultOf: (field: string) => string | undefined;
  canRemove: boolean;
  onRemove: () => void;
}

export function ItemFields({ item, index, faultOf, canRemove, onRemove }: ItemFieldsProps) {
  const field = (key: Exclude<keyof ItemDraft, 'key'>, name: string, label: string, type: 'text' | 'decimal' | 'whole') => (
    <TextField
      id={`item-${index}-${name}`}
      label={label}
      type={type}
      value={item[key]}
      fault={faultOf(`item-${index}-${name}`)}
      onChange={(value: string) => {
        item[key] = key === 'currency' ? value.toUpperCase() : value;
      }}
    />
  );
  return (
    <fieldset class="item-draft" aria-label={`Item ${index + 1}`}>
      {field('title', 'title', 'Name', 'text')}
      <div class="row">
        {field('price', 'price', 'Price', 'decimal')}
        {field('currency', 'currency', 'Currency', 'text')}
        {field('stock', 'stock', 'Units', 'whole')}
        {field('limitPerUser', 'limit', 'Limit per buyer', 'whole')}
      </div>
      {canRemove && (
        <button type="button" class="button button--plain button--small" onClick={onRemove}>
          Remove “{item.title || `item ${index + 1}`}”
        </button>
      )}
    </fieldset>
  );
}
ItemFields.props = ['item', 'index', 'faultOf', 'canRemove', 'onRemove'];
