import './new-sale.css';
import { isCurrency, minorUnitsOf } from 'seckill-core/currency';
import { computed, defineComponent, nextTick, reactive, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import { createSale } from '../../shared/api/operator-api.ts';
import { now, serverClock } from '../../shared/clock/now.ts';
import { go } from '../../shared/ui/router.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { SalePreview } from '../preview/sale-preview.tsx';
import { AdmissionChoice } from './admission-choice.tsx';
import { ItemFields } from './item-fields.tsx';
import { PriorityChoice } from './priority-choice.tsx';
import { ProviderChoice } from './provider-choice.tsx';
import { faultsOf, newDraft, newItem, type SaleDraft, saleOf } from './sale-draft.ts';
import { SaleSummary } from './sale-summary.tsx';
import { TextField } from './text-field.tsx';

type TextOf = Exclude<keyof SaleDraft, 'items' | 'paymentProviders' | 'hasPriority' | 'room'>;

/** Creates a draft. The form shows faults after the first attempt, and updates them as they are fixed. */
export const NewSalePage = defineComponent(() => {
  const draft = reactive(newDraft(serverClock.now()));
  const wasTried = shallowRef(false);
  const isBusy = shallowRef(false);
  const problem = shallowRef<ApiProblem>();
  const faults = computed(() => faultsOf(draft, now.value));
  const faultOf = (field: string) => (wasTried.value ? faults.value.find((fault) => fault.field === field)?.text : undefined);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    wasTried.value = true;
    const [first] = faults.value;
    if (first !== undefined) {
      await nextTick();
      document.getElementById(first.field)?.focus();
      return;
    }
    isBusy.value = true;
    problem.value = undefined;
    try {
      const { saleId } = await createSale(saleOf(draft));
      go(`/console/sales/${saleId}`);
    } catch (error) {
      problem.value = asProblem(error);
    } finally {
      isBusy.value = false;
    }
  }

  const field = (id: TextOf, label: string, more: { type?: 'datetime-local' | 'decimal' | 'whole'; hint?: string } = {}) => (
    <TextField
      id={id}
      label={label}
      value={draft[id]}
      fault={faultOf(id)}
      onChange={(value: string) => {
        draft[id] = value;
      }}
      {...more}
    />
  );
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  return () => (
    <div class="stack">
      <div class="page-head">
        <h1>New sale</h1>
      </div>
      <div class="new-sale">
        <form class="panel card" onSubmit={submit} novalidate>
          {field('title', 'Title')}
          <fieldset>
            <legend>Times</legend>
            <div class="row">
              {field('startsAt', 'Starts', { type: 'datetime-local', hint: `Your time (${zone})` })}
              {field('endsAt', 'Ends', { type: 'datetime-local' })}
            </div>
            <div class="row">
              {field('payMinutes', 'Minutes to pay', {
                type: 'decimal',
                hint: 'After that, the order is cancelled and its units go back on sale.',
              })}
              {field('leadMinutes', 'Lead time in minutes', {
                type: 'decimal',
                hint: 'Buyers get their tokens in this time before the start.',
              })}
            </div>
          </fieldset>
          <fieldset>
            <legend>Rate limit</legend>
            <div class="row">
              {field('ratePerSecond', 'Attempts per second', {
                type: 'whole',
                hint: 'For each item. Other buyers are asked to retry later.',
              })}
              {field('burst', 'At once', { type: 'whole', hint: 'Let through at the very start.' })}
            </div>
          </fieldset>
          <AdmissionChoice room={draft.room} faultOf={faultOf} />
          <PriorityChoice
            chosen={draft.hasPriority}
            onChange={(chosen: boolean) => {
              draft.hasPriority = chosen;
            }}
          />
          <ProviderChoice
            chosen={draft.paymentProviders}
            onChange={(chosen: string[]) => {
              draft.paymentProviders = chosen;
            }}
          />
          <fieldset>
            <legend>Items</legend>
            {draft.items.map((item, i) => (
              <ItemFields
                key={item.key}
                item={item}
                index={i}
                faultOf={faultOf}
                canRemove={draft.items.length > 1}
                onRemove={() => draft.items.splice(i, 1)}
              />
            ))}
            <button type="button" class="button" onClick={() => draft.items.push(newItem(draft.items.at(-1)?.currency))}>
              Add another item
            </button>
          </fieldset>
          {problem.value !== undefined && <ProblemNotice problem={problem.value} />}
          {wasTried.value && faults.value.length > 0 && (
            <p class="fault" role="alert">
              {faults.value.length === 1 ? 'One field needs a correction.' : `${faults.value.length} fields need a correction.`}
            </p>
          )}
          <button type="submit" class="button button--act button--big" disabled={isBusy.value}>
            Create draft
          </button>
        </form>
        <div class="aside">
          <SaleSummary draft={draft} hasFaults={faults.value.length > 0} />
          <SalePreview sale={previewOf(draft)} />
        </div>
      </div>
    </div>
  );
});

/** A sale to preview, from a draft that may be incomplete. */
function previewOf(draft: SaleDraft) {
  const number = (text: string, otherwise: number) => (Number.isFinite(Number(text)) && text !== '' ? Number(text) : otherwise);
  const time = (text: string) => (Number.isNaN(Date.parse(text)) ? new Date().toISOString() : new Date(text).toISOString());
  return {
    title: draft.title || 'Title of the sale',
    admission: draft.room.admission,
    startsAt: time(draft.startsAt),
    endsAt: time(draft.endsAt),
    payTimeoutSeconds: 60 * number(draft.payMinutes, 15),
    tokenLeadSeconds: 60 * number(draft.leadMinutes, 5),
    items: draft.items.map((item, i) => ({
      itemId: `draft-${i}`,
      title: item.title || 'Name of the item',
      priceCents: minorUnitsOf(item.price, item.currency) ?? 0,
      currency: isCurrency(item.currency) ? item.currency : 'EUR',
      stock: number(item.stock, 0),
      limitPerUser: number(item.limitPerUser, 1),
    })),
  };
}
