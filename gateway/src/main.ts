import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { settleHeap } from 'seckill-core';
import { type Config, ConfigFault, readConfig } from './config.ts';
import { startGateway } from './gateway.ts';

/** A rolling restart waits this long for what is in hand. */
const CLOSE_WITHIN_MS = 10_000;

function configOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

const config = configOrExit();
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
