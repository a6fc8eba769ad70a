import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { configOrExit, keepTicksFast, safeError, settleHeap } from 'seckill-core';
import { readConfig } from './config.ts';
import { startGateway } from './gateway.ts';

/** A rolling restart waits at most this long for requests and messages in flight. */
const CLOSE_WITHIN_MS = 10_000;

keepTicksFast();
const config = configOrExit(readConfig);
const log = pino({ name: 'gateway', level: config.logLevel, serializers: { err: safeError } });
const gateway = await startGateway(config, log);
settleHeap();
log.info({ url: gateway.url }, 'listening');
if (config.devLogin) log.warn('DEV_LOGIN is on: anyone can sign in as any user');

closeWithGrace({ delay: CLOSE_WITHIN_MS, logger: false }, async ({ err, signal }) => {
  if (err) log.fatal({ err }, 'uncaught error: stopping');
  else log.info({ signal }, 'stopping: finishing requests and messages in flight');
  await gateway.close();
  log.info('stopped');
});

await gateway.ready();
log.info({ url: gateway.url }, 'ready');
