import type { Parts } from '../../events/define-event.ts';
import { Delivery } from './delivery.ts';
import type { StreamMessage } from './stream-message.ts';

/** A message that a consumer holds until each of its values is settled. Then it is acknowledged, or comes again if one of them must. */
export class HeldMessage {
  readonly message: StreamMessage;
  /** See {@link Parts}. */
  readonly alone: Parts<unknown>['alone'];
  #unsettled: number;
  #againMs: number | undefined;

  constructor(message: StreamMessage, { parts, alone }: Parts<unknown>) {
    this.message = message;
    this.alone = alone;
    this.#unsettled = parts.length;
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
  /** Its place in the message. */
  readonly index: number;
  isSettled: boolean;
}

/** What the handler receives, with the message that it belongs to: one object for both, because a busy worker holds thousands. */
export class HeldValue<T> extends Delivery<T> implements Held {
  readonly of: HeldMessage;
  readonly index: number;
  isSettled = false;

  constructor(of: HeldMessage, index: number, value: T) {
    super(value, of.message.deliveries);
    this.of = of;
    this.index = index;
  }

  /** Tells the value from all others of the stream, also when it is delivered again. */
  get id(): number {
    return this.of.message.seq * 2 ** 16 + this.index;
  }
}
