import type { Discarded, Replayed, StoredLetter } from 'order-worker';

const time = (ms: number): string => new Date(ms).toISOString();

/** Two lines for each dead letter: its consumer and times, and the reason. */
export function listLines({ seq, letter, fault }: StoredLetter): string[] {
  if (letter === undefined) return [`#${seq}  not a dead letter of this platform`, `    ${fault}`];
  const { consumer, subject, deliveries, firstSeenAt, diedAt, reason } = letter;
  const history = `${deliveries === 1 ? '1 delivery' : `${deliveries} deliveries`}, first seen ${time(firstSeenAt)}, died ${time(diedAt)}`;
  return [`#${seq}  ${consumer}  ${subject}  ${history}`, `    ${reason}`];
}

export function showLines(stored: StoredLetter): string[] {
  const { seq, letter, fault } = stored;
  if (letter === undefined) return [`Dead letter ${seq} is not of this platform: ${fault}`];
  return [
    `Dead letter ${seq}`,
    ...Object.entries({
      reason: letter.reason,
      consumer: letter.consumer,
      message: `${letter.stream} #${letter.seq}, ${letter.subject}`,
      'message id': letter.messageId ?? '(none)',
      deliveries: String(letter.deliveries),
      'first seen': time(letter.firstSeenAt),
      died: time(letter.diedAt),
    }).map(([name, value]) => `  ${name.padEnd(11)} ${value}`),
    '',
    contentOf(letter.data),
  ];
}

/** Formats JSON, returns other text as it is, and binary data in base64. */
export function contentOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return `(not text; in base64) ${base64}`;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

export function replayedLine({ seq, subject, storedAs, messageId }: Replayed): string {
  return `#${seq} was published again: message ${storedAs} on ${subject}, under the id ${messageId}.`;
}

export function discardedLine({ seq, reservation }: Discarded): string {
  if (reservation === undefined) return `#${seq} is discarded. It was not a winner's message.`;
  const { orderId, userId, quantity, status } = reservation;
  const whose = `reservation ${orderId} of ${userId}`;
  if (status !== 'REJECTED') return `#${seq} is discarded. The ${whose} has an order (${status}), which stays as it is.`;
  return `#${seq} is discarded. The ${whose} is REJECTED; ${quantity === 1 ? '1 unit returns' : `${quantity} units return`}.`;
}
