import { answerIn, type RawAnswer } from './read-answer.ts';
import { Wire } from './wire.ts';

/** No answer came. If the request was `sent`, it may still have taken effect. */
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

/** A {@link Wire} whose answers are promises. */
export class Connection {
  readonly #wire: Wire;
  #waiting: Waiting | undefined;

  constructor(host: string, port: number, onClose: () => void) {
    this.#wire = new Wire(host, port, {
      answered: (data, frame) => {
        const answer = answerIn(data, frame);
        const waiting = this.#waiting;
        this.#waiting = undefined;
        if (answer.close) {
          this.#wire.end();
          onClose();
        }
        waiting?.resolve(answer);
      },
      closed: (why) => {
        const waiting = this.#waiting;
        this.#waiting = undefined;
        waiting?.reject(new NoAnswer(why, this.#wire.isConnected));
        onClose();
      },
    });
  }

  get isOpen(): boolean {
    return this.#wire.isOpen;
  }

  get sentAt(): number {
    return this.#wire.sentAt;
  }

  send(request: string): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#wire.send(request, 'utf8');
    });
  }

  destroy(why: string): void {
    this.#wire.destroy(why);
  }
}
