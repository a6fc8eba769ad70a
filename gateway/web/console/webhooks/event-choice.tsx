import { WEBHOOK_EVENTS } from 'seckill-core/webhook-events';

interface EventChoiceProps {
  value: readonly string[];
  fault: string | undefined;
  onChange: (events: string[]) => void;
}

const ALL = { '*': 'Every event, also those of later versions' };

/** Boxes for the events of an endpoint. "Every event" replaces the others. */
export function EventChoice({ value, fault, onChange }: EventChoiceProps) {
  const isAll = value.includes('*');
  const toggle = (event: string, isOn: boolean) => {
    const others = value.filter((each) => each !== event);
    onChange(isOn ? [...others, event] : others);
  };
  const kinds = [...new Set(WEBHOOK_EVENTS.map((event) => event.split('.')[0] ?? ''))];
  return (
    <fieldset class="choices events" aria-describedby={fault === undefined ? undefined : 'webhook-events-fault'}>
      <legend>Events</legend>
      <label for="webhook-events">
        <input
          id="webhook-events"
          type="checkbox"
          checked={isAll}
          onChange={(change: Event) => onChange((change.target as HTMLInputElement).checked ? ['*'] : ['order.paid'])}
        />
        {ALL['*']}
      </label>
      {kinds
        .flatMap((kind) => [`${kind}.*`, ...WEBHOOK_EVENTS.filter((event) => event.startsWith(`${kind}.`))])
        .map((event) => {
          const isCovered = isAll || (!event.endsWith('.*') && value.includes(`${event.split('.')[0]}.*`));
          return (
            <label class={event.endsWith('.*') ? 'kind' : 'single'}>
              <input
                type="checkbox"
                disabled={isCovered}
                checked={isCovered || value.includes(event)}
                onChange={(change: Event) => toggle(event, (change.target as HTMLInputElement).checked)}
              />
              <code>{event}</code>
            </label>
          );
        })}
      {fault !== undefined && (
        <span id="webhook-events-fault" class="fault">
          {fault}
        </span>
      )}
    </fieldset>
  );
}
EventChoice.props = ['value', 'fault', 'onChange'];
