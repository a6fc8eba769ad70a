import { ProcessBoundary } from 'dev';
import { type Gateway, readConfig, startGateway } from 'gateway';
import { pino } from 'pino';
import type { Ground } from './ground.ts';

const silent = pino({ level: 'silent' });

/** A gateway behind a boundary at which it can be killed; callers reach it through the boundary too. */
export interface MortalGateway {
  boundary: ProcessBoundary;
  url: string;
  /** Ends what still runs of it in this process. Call it once the gateway is dead. */
  dispose(): Promise<void>;
}

export async function startMortalGateway({ servers }: Ground): Promise<MortalGateway> {
  const boundary = await ProcessBoundary.around(servers);
  const gateway = await startOn(boundary.urls);
  const url = await boundary.front(gateway.url);
  return {
    boundary,
    url,
    dispose: async () => {
      boundary.kill();
      await gateway.close();
      await boundary.close();
    },
  };
}

/** Starts a gateway that lives until it is closed. */
export const startGatewayOn = ({ servers }: Ground): Promise<Gateway> => startOn(servers);

async function startOn({ redisUrl, natsUrl }: { redisUrl: string; natsUrl: string }): Promise<Gateway> {
  const gateway = await startGateway(readConfig({ REDIS_URL: redisUrl, NATS_URL: natsUrl, PORT: '0' }), silent);
  await gateway.ready();
  return gateway;
}
