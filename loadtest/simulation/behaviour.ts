/** How a crowd acts. Shares are between 0 and 1. */
export interface Behaviour {
  /** Share of the winners who never pay. */
  abandon: number;
  /** Share of those non-payers who pay at the provider after the deadline, and get a refund. */
  payLate: number;
  /** Share of all buyers who click before the start; the answer says how long to wait. */
  early: number;
  /** Share of the winners who click again, and must get the same answer. */
  clickAgain: number;
  /** Time between seeing the order and paying. */
  thinkMs: readonly [from: number, to: number];
  /** Upper limit of buyers who pay at the same moment. */
  payingAtOnce: number;
  /** How long after the first SOLD_OUT losers still try to get returned units. 0: they leave at once. */
  patienceMs: number;
  /** Share of all buyers who join a queue, or try to enter a draw, after the start. */
  comeLate: number;
  /** Share of the looks at a ticket that a new page makes, which does not know the ticket. */
  reload: number;
  /** Share of all buyers who are away when their first turn comes. */
  missTurn: number;
  /** How long a buyer waits, through faults, for an order or for the result of a payment. */
  promiseMs: number;
}

export const USUAL_BEHAVIOUR: Behaviour = {
  abandon: 0.2,
  payLate: 0,
  early: 0.02,
  clickAgain: 0.05,
  thinkMs: [100, 1500],
  payingAtOnce: 32,
  patienceMs: 30_000,
  comeLate: 0.15,
  reload: 0.1,
  missTurn: 0.03,
  promiseMs: 60_000,
};
