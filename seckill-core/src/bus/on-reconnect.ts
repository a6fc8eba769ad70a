import type { NatsConnection } from '@nats-io/nats-core';

const calls = new WeakMap<NatsConnection, Set<() => void>>();

/** Calls `call` whenever the connection is back. Returns a function that ends this. */
export function onReconnect(nc: NatsConnection, call: () => void): () => void {
  let set = calls.get(nc);
  if (set === undefined) {
    set = new Set();
    calls.set(nc, set);
    void watch(nc, set);
  }
  const own = set;
  own.add(call);
  return () => void own.delete(call);
}

/** Once for a connection: readers come and go, and the client keeps every iterator of its status that was begun. */
async function watch(nc: NatsConnection, set: Iterable<() => void>): Promise<void> {
  for await (const { type } of nc.status()) if (type === 'reconnect') for (const call of set) call();
}
