/** One request of a process to a server. Crashes happen between two of them. */
export interface Operation {
  /**
   * A readable name, also used to choose an operation: `redis advance`, `postgres commit create-orders`, `nats order.created`, `nats ack
   * orders`.
   */
  readonly label: string;
  /** The whole request as text, so that a test can look for an id in it. */
  readonly text: string;
}

/** A request, cut out of a stream of bytes. Without a label it is not counted (a ping, a log-in). */
export interface Request {
  readonly bytes: Buffer;
  readonly label?: string;
}

/** Splits the bytes of one connection into whole requests. */
export interface RequestSplitter {
  take(chunk: Buffer): Request[];
}
