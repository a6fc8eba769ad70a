import { computed, defineComponent, nextTick, reactive, shallowRef } from 'vue';
import type { ApiProblem } from '../../shared/api/api-problem.ts';
import type { NewWebhook } from '../../shared/api/webhooks-api.ts';
import { TextField } from '../new-sale/text-field.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { EventChoice } from './event-choice.tsx';
import { type DraftFault, faultsOf, type WebhookDraft, webhookOf } from './webhook-draft.ts';

interface WebhookFormProps {
  draft: WebhookDraft;
  submitLabel: string;
  isBusy: boolean;
  problem: ApiProblem | undefined;
  onSubmit: (webhook: NewWebhook) => void;
  onClose: () => void;
}

const FIELDS = [
  { key: 'url', label: 'URL', hint: 'Each event is a POST to it. Redirects are not followed.' },
  { key: 'description', label: 'Description', hint: 'For operators, such as the team that receives the events.' },
  { key: 'sales', label: 'Only these sales', hint: 'Ids of sales, separated by spaces. Empty for every sale.' },
] as const;

/** The settings of an endpoint, for a new one and for changes. */
export const WebhookForm = defineComponent(
  (props: WebhookFormProps) => {
    const draft = reactive({ ...props.draft });
    const wasTried = shallowRef(false);
    const faults = computed(() => faultsOf(draft));
    const faultOf = (field: DraftFault['field']) =>
      wasTried.value ? faults.value.find((fault) => fault.field === field)?.text : undefined;

    async function submit(event: Event): Promise<void> {
      event.preventDefault();
      wasTried.value = true;
      const [first] = faults.value;
      if (first === undefined) return props.onSubmit(webhookOf(draft));
      await nextTick();
      document.getElementById(`webhook-${first.field}`)?.focus();
    }
    const field = ({ key, label, hint }: (typeof FIELDS)[number]) => (
      <TextField
        id={`webhook-${key}`}
        label={label}
        hint={hint}
        value={draft[key]}
        fault={faultOf(key)}
        onChange={(value: string) => {
          draft[key] = value;
        }}
      />
    );
    return () => (
      <form onSubmit={submit} novalidate>
        {field(FIELDS[0])}
        <EventChoice
          value={draft.events}
          fault={faultOf('events')}
          onChange={(events: string[]) => {
            draft.events = events;
          }}
        />
        {FIELDS.slice(1).map(field)}
        <FormEnd label={props.submitLabel} tone="act" isBusy={props.isBusy} problem={props.problem} onClose={props.onClose} />
      </form>
    );
  },
  { props: ['draft', 'submitLabel', 'isBusy', 'problem', 'onSubmit', 'onClose'] },
);
