/** A value of a message that the handler receives. Unless it is delayed or given up, it is done when the handler returns. */
export class Delivery<T> {
  readonly value: T;
  readonly deliveries: number;
  outcome: { kind: 'ack' } | { kind: 'delay'; ms: number } | { kind: 'dead'; reason: string } = { kind: 'ack' };

  constructor(value: T, deliveries: number) {
    this.value = value;
    this.deliveries = deliveries;
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
