type Outcome = { kind: 'ack' } | { kind: 'delay'; ms: number } | { kind: 'dead'; reason: string };

const DONE: Outcome = { kind: 'ack' };

/** A value of a message that the handler receives. Unless it is delayed or given up, it is done when the handler returns. */
export class Delivery<T> {
  readonly value: T;
  readonly deliveries: number;
  outcome = DONE;

  constructor(value: T, deliveries: number) {
    this.value = value;
    this.deliveries = deliveries;
  }

  /** Begins a try: what an earlier one made of the value is forgotten. */
  tryAgain(): void {
    this.outcome = DONE;
  }

  /** Has the value delivered again after `ms`, with the others of its message. */
  delay(ms: number): void {
    this.outcome = { kind: 'delay', ms };
  }

  /** Sends the value to the dead letters with the reason, because no retry will help. */
  giveUp(reason: string): void {
    this.outcome = { kind: 'dead', reason };
  }
}
