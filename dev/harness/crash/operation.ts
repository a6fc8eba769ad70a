/** Something a process asks of the world outside: what a crash falls between. */
export interface Operation {
  /** For people and for choosing: `redis advance`, `postgres commit create-orders`, `nats order.created`, `nats ack orders`. */
  readonly label: string;
  /** All of it, so that one can look for an id in it. */
  readonly text: string;
}

/** A request, cut out of a stream of bytes. Without a label it is not counted (a ping, a log-in). */
export interface Request {
  readonly bytes: Buffer;
  readonly label?: string;
}

/** Cuts what one connection sends into whole requests. */
export interface RequestSplitter {
  take(chunk: Buffer): Request[];
}
