import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type PaymentReceived, paymentReceived, STREAMS } from 'seckill-core';
import { PAYMENTS_CONSUMER } from '../../payments/consume-payments.ts';
import { readEvents } from '../../servers/read-events.ts';

const stream = STREAMS.payments.name;

/** What the provider reported of an order's payments, up to the stream position `upTo`. */
export async function readReports(nc: NatsConnection, orderId: string, upTo: number): Promise<PaymentReceived[]> {
  const subject = paymentReceived.subject({ orderId });
  const { streams } = await jetstreamManager(nc);
  // Most payments were never reported, and asking for the last message costs a tenth of a consumer.
  const last = await streams.getMessage(stream, { last_by_subj: subject });
  if (last === null) return [];
  const reports: PaymentReceived[] = [];
  for await (const report of readEvents(nc, paymentReceived, { stream, subject, upTo })) reports.push(report);
  return reports;
}

/** The stream position up to which the payments' consumer has handled every report. */
export async function readHandledUpTo(nc: NatsConnection): Promise<number> {
  try {
    return (await (await jetstreamManager(nc)).consumers.info(stream, PAYMENTS_CONSUMER)).ack_floor.stream_seq;
  } catch (error) {
    if ((error as Error).name === 'ConsumerNotFoundError') return 0;
    throw error;
  }
}

/** The report that this payment succeeded. */
export const reportOfSuccess = (reports: readonly PaymentReceived[], paymentId: string): PaymentReceived | undefined =>
  reports.find((report) => report.paymentId === paymentId && report.type === 'payment.succeeded');
