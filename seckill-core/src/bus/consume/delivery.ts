/** A message in the handler's hands. What is not delayed or given up is acknowledged when the handler returns. */
export class Delivery<T> {
  readonly value: T;
  readonly deliveries: number;
  outcome: { kind: 'ack' } | { kind: 'delay'; ms: number } | { kind: 'dead'; reason: string } = { kind: 'ack' };

  constructor(value: T, deliveries: number) {
    this.value = value;
    this.deliveries = deliveries;
  }

  /** Deliver it again after `ms`. */
  delay(ms: number): void {
    this.outcome = { kind: 'delay', ms };
  }

  /** No retry will help: to the dead letters, with the reason. */
  giveUp(reason: string): void {
    this.outcome = { kind: 'dead', reason };
  }
}
