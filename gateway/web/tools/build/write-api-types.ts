import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readConfig, startGateway } from 'gateway';
import { pino } from 'pino';

/** Writes generated/api.d.ts from the gateway's own OpenAPI document. dev/setup/api-types.mjs runs it if the API's sources have changed. */
const folder = new URL('../../generated/', import.meta.url);
const types = new URL('api.d.ts', folder);
const source = new URL('openapi.json', folder);

// A gateway describes its API without servers, so these addresses lead nowhere.
const config = readConfig({
  REDIS_URL: 'redis://127.0.0.1:1',
  NATS_URL: 'nats://127.0.0.1:1',
  PORT: '0',
  DEV_LOGIN: 'true',
  SIMULATED_BUYERS_URL: 'http://127.0.0.1:1',
});
const { app } = await startGateway(config, pino({ level: 'silent' }));
const document = (await app.inject('/openapi.json')).payload;

if (!existsSync(types) || !existsSync(source) || readFileSync(source, 'utf8') !== document) {
  // Loaded only here: with its TypeScript it takes as long as the gateway, and most changes of the sources leave the document as it was.
  const { default: openapiTypes, astToString } = await import('openapi-typescript');
  mkdirSync(folder, { recursive: true });
  writeFileSync(types, astToString(await openapiTypes(document)));
  writeFileSync(source, document);
}
// The gateway keeps trying to reach its servers.
process.exit();
