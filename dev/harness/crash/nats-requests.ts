import type { Request, RequestSplitter } from './operation.ts';

/** Lines of NATS's client protocol; `PUB` and `HPUB` with their payload. Lines that publish nothing are not counted. */
export class NatsRequests implements RequestSplitter {
  #rest = Buffer.alloc(0);

  take(chunk: Buffer): Request[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const requests: Request[] = [];
    for (;;) {
      const end = this.#rest.indexOf('\r\n');
      if (end < 0) return requests;
      const [verb = '', subject = '', ...more] = this.#rest.toString('latin1', 0, end).split(' ');
      const publishes = /^H?PUB$/i.test(verb);
      const length = publishes ? end + 2 + Number(more.at(-1)) + 2 : end + 2;
      if (this.#rest.length < length) return requests;
      const bytes = this.#rest.subarray(0, length);
      const payload = publishes ? bytes.toString('latin1', end + 2, length - 2) : '';
      requests.push(publishes ? { bytes, label: `nats ${labelOf(subject, payload)}` } : { bytes });
      this.#rest = this.#rest.subarray(length);
    }
  }
}

const ANSWERS: Readonly<Record<string, string>> = { '+ACK': 'ack', '-NAK': 'nak', '+WPI': 'working', '+TERM': 'term', '': 'ack' };

function labelOf(subject: string, payload: string): string {
  const tokens = subject.split('.');
  if (subject.startsWith('$JS.ACK.')) return `${ANSWERS[payload.split(' ')[0] ?? ''] ?? payload} ${tokens[3]}`;
  if (subject.startsWith('$JS.API.')) return `api ${tokens.slice(2, 5).join('.')}`;
  if (subject.startsWith('_INBOX.')) return 'answer';
  // `seckill.order.created.<saleId>` is labelled `order.created`, and `seckill.reserved.<saleId>.<itemId>` `reserved`.
  const [, kind = subject, detail] = tokens;
  return ['order', 'broadcast', 'rpc'].includes(kind) ? `${kind}.${detail}` : kind;
}
