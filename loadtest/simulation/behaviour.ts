/** How a crowd acts. Shares are between 0 and 1. */
export interface Behaviour {
  /** Of the winners: never pay. */
  abandon: number;
  /** Of those who abandon: pay at the provider once it is too late, and get their money back. */
  payLate: number;
  /** Of all: click before the start, and are told how long to wait. */
  early: number;
  /** Of the winners: click again, and must get the same answer. */
  clickAgain: number;
  /** Between seeing the order and paying. */
  thinkMs: readonly [from: number, to: number];
  /** Buyers who pay at the same moment, at most. */
  payingAtOnce: number;
  /** How long, from the first who was told "sold out", people come back for units that return. 0: they go home at once. */
  patienceMs: number;
  /** How long a buyer waits for what was promised (an order, a payment's result), and goes on through faults. */
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
  promiseMs: 60_000,
};
