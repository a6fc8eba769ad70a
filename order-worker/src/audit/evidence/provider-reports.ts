import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { MalformedMessage, type PaymentReceived, paymentReceived, STREAMS } from 'seckill-core';
import { PAYMENTS_CONSUMER } from '../payments/consume-payments.ts';
import { readToEnd } from '../servers/read-to-end.ts';
import type { AuditContext } from './audit-context.ts';

const stream = STREAMS.payments.name;

/** What the provider has said of an order's payments, and the payments' consumer has taken note of. */
export async function readReports({ nc }: AuditContext, orderId: string, upTo: number): Promise<PaymentReceived[]> {
  const subject = paymentReceived.subject({ orderId } as PaymentReceived);
  const { streams } = await jetstreamManager(nc);
  // Most were never reported, and asking for the last message is a tenth of a consumer.
  const last = await streams.getMessage(stream, { last_by_subj: subject });
  if (last === null) return [];
  const reports: PaymentReceived[] = [];
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 } as const;
  for await (const { seq, data } of readToEnd(nc, { stream, subject, start })) {
    const report = seq > upTo ? undefined : decode(data);
    if (report !== undefined) reports.push(report);
  }
  return reports;
}

/** What is stored up to here has been handled. */
export async function readHandledUpTo({ nc }: AuditContext): Promise<number> {
  try {
    return (await (await jetstreamManager(nc)).consumers.info(stream, PAYMENTS_CONSUMER)).ack_floor.stream_seq;
  } catch (error) {
    if ((error as Error).name === 'ConsumerNotFoundError') return 0;
    throw error;
  }
}

function decode(data: Uint8Array): PaymentReceived | undefined {
  try {
    return paymentReceived.decode(data);
  } catch (error) {
    // The payments' consumer buried it.
    if (!(error instanceof MalformedMessage)) throw error;
    return undefined;
  }
}
