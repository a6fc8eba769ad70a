import type { NewSale } from '../../shared/api/contract.ts';

/** How buyers come to buy, as typed. A number that is left empty takes the default. */
export interface RoomDraft {
  admission: 'open' | 'queue' | 'draw';
  claimSeconds: string;
  staleSeconds: string;
  missedTurn: 'end' | 'keep';
  priorityWeight: string;
  /** A `datetime-local` value, in the operator's time zone. Only for a draw. */
  entriesUntil: string;
}

export const OPEN: RoomDraft = {
  admission: 'open',
  claimSeconds: '',
  staleSeconds: '',
  missedTurn: 'end',
  priorityWeight: '',
  entriesUntil: '',
};

/** What applies if a number is left empty. */
export const ROOM_DEFAULTS = {
  queue: { claimSeconds: '120', staleSeconds: '30', priorityWeight: '3' },
  draw: { claimSeconds: '600', staleSeconds: '600', priorityWeight: '' },
} as const;

const WEEK_SECONDS = 604_800;

/** The part of the request body. Only for a draft without faults. */
export function admissionOf(draft: RoomDraft): Pick<NewSale, 'admission' | 'waitingRoom'> {
  const { admission, claimSeconds, staleSeconds, missedTurn, priorityWeight, entriesUntil } = draft;
  if (admission === 'open') return {};
  return {
    admission,
    waitingRoom: {
      ...(claimSeconds === '' ? {} : { claimSeconds: Number(claimSeconds) }),
      ...(staleSeconds === '' ? {} : { staleSeconds: Number(staleSeconds) }),
      ...(missedTurn === 'end' ? {} : { missedTurn }),
      ...(admission === 'draw' || priorityWeight === '' ? {} : { priorityWeight: Number(priorityWeight) }),
      ...(admission === 'queue' || entriesUntil === '' ? {} : { entriesUntil: new Date(entriesUntil).toISOString() }),
    },
  };
}

/** What the API would refuse, in the order of the fields. `starts` in ms. */
export function checkAdmission(draft: RoomDraft, starts: number, check: (isRight: boolean, field: string, text: string) => void) {
  const { admission, claimSeconds, staleSeconds, priorityWeight, entriesUntil } = draft;
  if (admission === 'open') return;
  const whole = (text: string, most: number, least: number) =>
    text === '' || (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most);
  check(whole(claimSeconds, WEEK_SECONDS, 2), 'claimSeconds', 'A whole number from 2 to 604 800 (a week).');
  check(whole(staleSeconds, WEEK_SECONDS, 2), 'staleSeconds', 'A whole number from 2 to 604 800 (a week).');
  const defaults = ROOM_DEFAULTS[admission];
  check(
    staleSeconds === '' || Number(staleSeconds) <= Number(claimSeconds || defaults.claimSeconds),
    'staleSeconds',
    'This is more than the seconds to buy.',
  );
  if (admission === 'queue') check(whole(priorityWeight, 100, 1), 'priorityWeight', 'A whole number from 1 to 100.');
  else if (entriesUntil !== '') {
    const until = Date.parse(entriesUntil);
    check(!Number.isNaN(until), 'entriesUntil', 'Enter a time.');
    check(!(until > starts), 'entriesUntil', 'Entries must end before the start.');
  }
}
