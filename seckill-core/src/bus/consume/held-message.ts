import type { JsMsg } from '@nats-io/jetstream';
import type { Part } from '../../events/define-event.ts';
import type { Delivery } from './delivery.ts';

/** A message that a consumer holds until each of its values is settled. Then it is acknowledged, or comes again if one of them must. */
export class HeldMessage {
  readonly message: JsMsg;
  #unsettled: number;
  #againMs: number | undefined;

  constructor(message: JsMsg, values: number) {
    this.message = message;
    this.#unsettled = values;
  }

  /** Settles one value; after `againMs` it must come again. Returns whether it was the last. */
  settle(againMs?: number): boolean {
    this.#unsettled -= 1;
    if (againMs !== undefined) this.#againMs = Math.max(againMs, this.#againMs ?? 0);
    return this.#unsettled === 0;
  }

  answer(): void {
    if (this.#againMs === undefined) this.message.ack();
    else this.message.nak(this.#againMs === 0 ? undefined : this.#againMs);
  }
}

/** A value of a message, or a fault in its place. */
export interface Held {
  readonly of: HeldMessage;
  readonly alone: Part<unknown>['alone'];
  isSettled: boolean;
}

export interface HeldValue<T> extends Held {
  /** Its place in the message. */
  readonly index: number;
  readonly delivery: Delivery<T>;
}

/** Tells a value from all others of the stream, also when it is delivered again. */
export const idOf = ({ of, index }: HeldValue<unknown>): number => of.message.seq * 2 ** 16 + index;
