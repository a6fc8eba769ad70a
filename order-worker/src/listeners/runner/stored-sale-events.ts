import { DeliverPolicy } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MalformedMessage, type SaleEvent, STREAMS, type StreamMessage, saleEvent } from 'seckill-core';
import { readToEnd } from '../../servers/read-to-end.ts';
import { CLOCKS_APART_MS, LATE_MS } from './repeated-events.ts';

/** A message of sale events. */
export interface StoredSaleEvents {
  readonly seq: number;
  /** ms, JetStream's clock. */
  readonly storedAt: number;
  readonly events: readonly SaleEvent[];
}

/** `onFault` receives the reason if the message cannot be read; its events are skipped. */
export function readStoredSaleEvents({ seq, data, storedAt }: StreamMessage, onFault: (fault: Error) => void): StoredSaleEvents {
  const stored = { seq, storedAt };
  try {
    return { ...stored, events: saleEvent.decode(data) };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    onFault(error);
    return { ...stored, events: [] };
  }
}

/**
 * Returns the messages without events that an earlier message holds. JetStream drops what is published twice within two minutes, so only an event that is
 * stored late can be a repetition. Those are rare: they are looked up in the stream.
 */
export async function withoutRepeatedSales(
  nc: NatsConnection,
  messages: readonly StoredSaleEvents[],
): Promise<StoredSaleEvents[]> {
  const first: StoredSaleEvents[] = [];
  for (const message of messages) {
    const events: SaleEvent[] = [];
    for (const event of message.events) {
      const late = message.storedAt - event.at > LATE_MS;
      if (!late || (await firstSeq(nc, event)) === message.seq) events.push(event);
    }
    first.push({ ...message, events });
  }
  return first;
}

async function firstSeq(nc: NatsConnection, { event, id, at, sale }: SaleEvent): Promise<number | undefined> {
  const subject = saleEvent.subject({ event, saleId: sale.saleId });
  const opt_start_time = new Date(at - CLOCKS_APART_MS).toISOString();
  const start = { deliver_policy: DeliverPolicy.StartTime, opt_start_time } as const;
  for await (const message of readToEnd(nc, { stream: STREAMS.orders.name, subject, start })) {
    if (readStoredSaleEvents(message, () => undefined).events.some((each) => each.id === id)) return message.seq;
  }
  return undefined;
}
