import { Gauge } from 'prom-client';
import type { App } from '../app.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { operatorLive } from '../routes/admin/live.ts';
import { reservationLive } from '../routes/reservations/live.ts';
import { AnswerLedger } from '../telemetry/answer-ledger.ts';
import { gatewayPulses } from '../telemetry/gateway-pulses.ts';
import { OpenStreams } from './open-streams.ts';
import { OperatorFeed } from './operator-feed.ts';

/** Everything that is pushed to open pages, and what it is made of. */
export async function live(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  const streams = new OpenStreams();
  const pulses = gatewayPulses(parts, streams);
  const ledger = new AnswerLedger(parts, pulses.processId);
  const feed = new OperatorFeed(parts);
  new Gauge({
    name: 'seckill_gateway_open_streams',
    help: 'Pages that are told of changes',
    registers: [parts.registry],
    collect() {
      this.set(streams.size);
    },
  });
  await reservationLive(app, { parts, streams });
  await app.register(operatorLive, { parts, streams, feed });

  app.addHook('preClose', async () => {
    for (const part of [pulses, feed, ledger, streams]) part.stop();
  });
  // Every answer has been given by then.
  app.addHook('onClose', () => ledger.write());
  for (const part of [streams, pulses, feed, ledger]) part.start();
}
