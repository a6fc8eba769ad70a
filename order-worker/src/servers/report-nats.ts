import type { NatsConnection } from '@nats-io/transport-node';
import type { Log, NatsTrouble } from 'seckill-core';

const QUIET_MS = 1_000;

/**
 * Waits for the first connection, and logs once each time NATS goes away or comes back. `trouble` says why at any time. Prints why and exits
 * with 1 if NATS refuses the user, or the address or the credentials cannot be used.
 */
export async function reportNats(connecting: Promise<NatsConnection>, log: Log, trouble: NatsTrouble): Promise<NatsConnection> {
  const patience = setTimeout(() => log.warn({}, 'NATS is away; waiting for it'), QUIET_MS);
  const nc = await connecting
    .finally(() => clearTimeout(patience))
    .catch((error: Error) => {
      trouble.noteError(error);
      console.error(`The order worker cannot start: ${trouble.sentence ?? error.message}`);
      return process.exit(1);
    });
  void (async () => {
    for await (const status of nc.status()) {
      trouble.note(status);
      if (status.type === 'disconnect') log.warn({}, 'NATS is away; retrying until it is back');
      if (status.type === 'reconnect') log.info({}, 'NATS is back');
    }
  })();
  return nc;
}
