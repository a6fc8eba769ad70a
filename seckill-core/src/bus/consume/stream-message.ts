import type { Msg, MsgHdrs } from '@nats-io/nats-core';

const ACK = Buffer.from('+ACK');
const WORKING = Buffer.from('+WPI');
/** The reply of a message that came from a stream, before the parts that servers since 2.10 add. */
const SHORT_TOKENS = 9;

/** A message that a consumer of a stream delivered. https://docs.nats.io/reference/reference-protocols/nats_api_reference */
export class StreamMessage {
  readonly #message: Msg;
  #answered = false;
  readonly subject: string;
  /** Its position in the stream. */
  readonly seq: number;
  /** How often the consumer has delivered a message, with this one. */
  readonly deliverySeq: number;
  /** How often this message was delivered, with this time. */
  readonly deliveries: number;
  /** When the stream stored it: ms, JetStream's clock. */
  readonly storedAt: number;

  /** `message` comes from a stream. */
  constructor(message: Msg) {
    this.#message = message;
    this.subject = message.subject;
    const tokens = (message.reply ?? '').split('.');
    // "$JS.ACK." + "<domain>.<account>." if the server sends them + "<stream>.<consumer>.<deliveries>.<seq>.<delivery>.<time>.<pending>"
    const at = tokens.length <= SHORT_TOKENS ? 4 : 6;
    this.deliveries = Number(tokens[at]);
    this.seq = Number(tokens[at + 1]);
    this.deliverySeq = Number(tokens[at + 2]);
    this.storedAt = Math.floor(Number(tokens[at + 3]) / 1e6);
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get headers(): MsgHdrs | undefined {
    return this.#message.headers;
  }

  ack(): void {
    this.#answer(ACK);
  }

  /** It comes again, after `ms` if given. */
  nak(ms?: number): void {
    this.#answer(Buffer.from(ms === undefined ? '-NAK' : `-NAK {"delay":${Math.round(ms * 1e6)}}`));
  }

  /** Extends the ack wait, unless it was answered. */
  working(): void {
    if (!this.#answered) this.#message.respond(WORKING);
  }

  #answer(answer: Uint8Array): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#message.respond(answer);
  }
}
