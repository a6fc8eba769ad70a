import { AuthorizationError, type NatsConnection, PermissionViolationError } from '@nats-io/nats-core';
import type { Log } from '../process/log.ts';

type Status = ReturnType<NatsConnection['status']> extends AsyncIterable<infer Each> ? Each : never;

/** A refused message says nothing about later ones, since rights may be granted at any time. A refused subscription stays refused. */
const REMEMBERED_MS = 30_000;
const USER = 'the user of NATS_URL or NATS_CREDS';

/** What NATS refuses this process. The client tells what a server refuses only as a status: a publisher would wait for an ack in vain. */
export class NatsTrouble {
  readonly #log: Pick<Log, 'error'>;
  readonly #logged = new Set<string>();
  #userRefused = false;
  #right: { sentence: string; until: number } | undefined;

  constructor(log: Pick<Log, 'error'>) {
    this.#log = log;
  }

  /** Without addresses and ids; undefined if NATS refuses nothing. */
  get sentence(): string | undefined {
    if (this.#userRefused) return `NATS refuses ${USER}.`;
    return this.#right !== undefined && performance.now() < this.#right.until ? this.#right.sentence : undefined;
  }

  /** Takes each status of the connection. */
  note(status: Status): void {
    if (status.type === 'reconnect') this.connected();
    if (status.type === 'error') this.noteError(status.error);
  }

  /** Takes an error of the connection, or of the attempt to connect. */
  noteError(error: unknown): void {
    if (error instanceof AuthorizationError) this.#userRefused = true;
    if (error instanceof PermissionViolationError) this.#noteRight(error);
  }

  connected(): void {
    this.#userRefused = false;
  }

  #noteRight({ operation, subject }: PermissionViolationError): void {
    const isSubscription = operation === 'subscription';
    const right = `${isSubscription ? 'subscribe' : 'publish'} to ${withoutIds(subject)}`;
    const sentence = `In NATS, ${USER} has no right to ${right}. Grant it and restart this process.`;
    if (this.#right?.until !== Number.POSITIVE_INFINITY)
      this.#right = { sentence, until: isSubscription ? Number.POSITIVE_INFINITY : performance.now() + REMEMBERED_MS };
    if (this.#logged.has(sentence)) return;
    this.#logged.add(sentence);
    this.#log.error({}, sentence);
  }
}

/** A subject may name a buyer. */
const withoutIds = (subject: string): string => subject.replace(/^(.*?seckill\.[^.]+|_INBOX)\..*/, '$1.>');
