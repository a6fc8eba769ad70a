import { ROOM_DEFAULTS, type RoomDraft } from './room-draft.ts';
import { TextField } from './text-field.tsx';

interface AdmissionChoiceProps {
  /** Reactive. The fields write to it. */
  room: RoomDraft;
  faultOf: (field: string) => string | undefined;
}

const KINDS = [
  ['open', 'Everyone at once: the first ones who press win'],
  ['queue', 'Queue: everyone gets a place, and buys when it is their turn'],
  ['draw', 'Draw: everyone who enters has the same chance'],
] as const;
const MISSED = [
  ['end', 'joins the end again'],
  ['keep', 'keeps the place, and buys as soon as a unit is free'],
] as const;

/** How buyers come to buy, and the settings of the waiting room. */
export function AdmissionChoice({ room, faultOf }: AdmissionChoiceProps) {
  return (
    <fieldset>
      <legend>How buyers come to buy</legend>
      <div class="choices">
        {KINDS.map(([kind, label]) => (
          <label for={`admission-${kind}`}>
            <input
              id={`admission-${kind}`}
              type="radio"
              name="admission"
              checked={room.admission === kind}
              onChange={() => (room.admission = kind)}
            />
            {label}
          </label>
        ))}
      </div>
      {room.admission !== 'open' && <RoomSettings room={room} kind={room.admission} faultOf={faultOf} />}
    </fieldset>
  );
}
AdmissionChoice.props = ['room', 'faultOf'];

function RoomSettings({ room, kind, faultOf }: AdmissionChoiceProps & { kind: 'queue' | 'draw' }) {
  const defaults = ROOM_DEFAULTS[kind];
  const field = (
    id: 'claimSeconds' | 'staleSeconds' | 'priorityWeight' | 'entriesUntil',
    label: string,
    hint: string,
    type: 'whole' | 'datetime-local' = 'whole',
  ) => (
    <TextField
      id={id}
      label={label}
      type={type}
      hint={hint}
      value={room[id]}
      fault={faultOf(id)}
      onChange={(value: string) => {
        room[id] = value;
      }}
    />
  );
  return (
    <>
      <div class="row">
        {kind === 'draw' && field('entriesUntil', 'Entries until', 'Left empty: until the start.', 'datetime-local')}
        {field('claimSeconds', 'Seconds to buy', `Left empty: ${defaults.claimSeconds}.`)}
        {field(
          'staleSeconds',
          'Seconds until a turn is missed',
          `If the buyer does not react. Left empty: ${defaults.staleSeconds}.`,
        )}
        {kind === 'queue' &&
          field(
            'priorityWeight',
            'Turns of priority',
            `Of buyers with priority, for each turn of the others. Left empty: ${defaults.priorityWeight}.`,
          )}
      </div>
      <div class="choices" role="radiogroup" aria-label="A buyer who missed the turn">
        <span class="label">A buyer who missed the turn</span>
        {MISSED.map(([missed, label]) => (
          <label for={`missed-${missed}`}>
            <input
              id={`missed-${missed}`}
              type="radio"
              name="missedTurn"
              checked={room.missedTurn === missed}
              onChange={() => (room.missedTurn = missed)}
            />
            {label}
          </label>
        ))}
      </div>
    </>
  );
}
RoomSettings.props = ['room', 'kind', 'faultOf'];
