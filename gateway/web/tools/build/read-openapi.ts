import { readConfig, startGateway } from 'gateway';
import { pino } from 'pino';
import type { OpenApiDocument } from './api-types.ts';

/** The document of a gateway that serves nobody: it needs no servers to say what it would answer. */
export async function readOpenApi(): Promise<OpenApiDocument> {
  const nowhere = {
    REDIS_URL: 'redis://127.0.0.1:1',
    NATS_URL: 'nats://127.0.0.1:1',
    PORT: '0',
    DEV_LOGIN: 'true',
    SIMULATED_BUYERS_URL: 'http://127.0.0.1:1',
  };
  const gateway = await startGateway(readConfig(nowhere), pino({ level: 'silent' }));
  try {
    return (await gateway.app.inject('/openapi.json')).json() as OpenApiDocument;
  } finally {
    await gateway.close();
  }
}
