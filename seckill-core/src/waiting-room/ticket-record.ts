import type { Lane } from './lanes.ts';

/** `ADMITTED`: the user took up the turn and got a claim, which may have ended since. `USED`: the user won with the claim. */
type Mark = 'WAITING' | 'ADMITTED' | 'USED';
const MARKS: Readonly<Record<string, Mark>> = { '+': 'ADMITTED', '!': 'USED' };
const SIGNS: Readonly<Record<Mark, string>> = { WAITING: '', ADMITTED: '+', USED: '!' };

/** A user's ticket as Redis has it: `n17`, `n17+` or `n17!`. */
export interface TicketRecord {
  lane: Lane;
  /** Of the lane, from 1 on, in order of arrival. */
  number: number;
  mark: Mark;
}

export const formatTicketRecord = ({ lane, number, mark }: TicketRecord): string => `${lane}${number}${SIGNS[mark]}`;

export function parseTicketRecord(record: string): TicketRecord {
  const mark = MARKS[record.slice(-1)] ?? 'WAITING';
  const end = mark === 'WAITING' ? record.length : -1;
  return { lane: record.charAt(0) as Lane, number: Number(record.slice(1, end)), mark };
}
