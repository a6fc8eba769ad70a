import { connect, type Socket } from 'node:net';
import { type RawAnswer, readAnswer } from './read-answer.ts';

/** No answer came. Where the request was `sent` it may have been carried out all the same. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly sent: boolean;
  constructor(message: string, sent: boolean) {
    super(message);
    this.sent = sent;
  }
}

interface Waiting {
  resolve: (answer: RawAnswer) => void;
  reject: (error: NoAnswer) => void;
}

/** One kept-alive connection that carries one request at a time: no pipelining, as in browsers. */
export class Connection {
  readonly #socket: Socket;
  #connected = false;
  #waiting: Waiting | undefined;
  #rest: Buffer | undefined;
  /** When the request in hand was sent, by `performance.now()`. */
  sentAt = 0;
  isOpen = true;

  constructor(host: string, port: number, onClose: () => void) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('end', () => this.#end('the server closed the connection'));
    this.#socket.on('close', () => {
      this.#end('the connection was closed');
      onClose();
    });
  }

  send(request: string): Promise<RawAnswer> {
    this.sentAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  /** Nobody answers: gives up on the request and on the connection. */
  destroy(why: string): void {
    this.#end(why);
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    try {
      const answer = readAnswer(data);
      if (answer === undefined) this.#rest = data;
      else this.#settle(answer);
    } catch (error) {
      this.destroy((error as Error).message);
    }
  }

  #settle(answer: RawAnswer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (answer.close) {
      this.isOpen = false;
      this.#socket.end();
    }
    waiting?.resolve(answer);
  }

  #end(why: string): void {
    this.isOpen = false;
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const last = this.#rest === undefined ? undefined : readAnswer(this.#rest, true);
    if (last !== undefined) this.#settle(last);
    else {
      this.#waiting = undefined;
      waiting.reject(new NoAnswer(why, this.#connected));
    }
  }
}
