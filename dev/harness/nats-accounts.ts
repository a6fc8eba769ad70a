import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { natsOptions } from 'seckill-core';
import type { NatsServer } from '../servers/nats.ts';

/** An account for each slot. A foreign server has only one, so the test files take turns on it. */
export async function natsTestUrls(server: NatsServer): Promise<readonly string[]> {
  if (server.isPrivate) return server.accountUrls;
  const streams = await onNats(server.url, streamNames);
  if (streams.length === 0) return server.accountUrls;
  throw new Error(
    `The tests delete every stream of the NATS account they use, and the one of NATS_URL has some (${streams.slice(0, 5).join(', ')}). ` +
      'Unset NATS_URL for a private server, or give the tests an account of their own.',
  );
}

export async function deleteStreams(url: string): Promise<void> {
  await onNats(url, async (connection) => {
    const manager = await jetstreamManager(connection);
    for (const name of await streamNames(connection)) await manager.streams.delete(name);
  });
}

async function streamNames(connection: NatsConnection): Promise<string[]> {
  const manager = await jetstreamManager(connection);
  const names: string[] = [];
  for await (const name of manager.streams.names()) names.push(name);
  return names;
}

async function onNats<Result>(url: string, work: (connection: NatsConnection) => Promise<Result>): Promise<Result> {
  const connection = await connect(natsOptions(url));
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
