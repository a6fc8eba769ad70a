import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { configOrExit, settleHeap } from 'seckill-core';
import { readConfig } from './config.ts';
import { startGateway } from './gateway.ts';

/** A rolling restart waits this long for what is in hand. */
const CLOSE_WITHIN_MS = 10_000;

const config = configOrExit(readConfig);
const log = pino({ name: 'gateway', level: config.logLevel });
const gateway = await startGateway(config, log);
settleHeap();
log.info({ url: gateway.url }, 'listening');
if (config.devLogin) log.warn('DEV_LOGIN is on: anybody can sign in as anybody');

closeWithGrace({ delay: CLOSE_WITHIN_MS, logger: false }, async ({ err, signal }) => {
  if (err) log.fatal({ err }, 'an error nobody caught: leaving');
  else log.info({ signal }, 'leaving: finishing what is in hand');
  await gateway.close();
  log.info('left');
});

await gateway.ready();
log.info({ url: gateway.url }, 'ready');
