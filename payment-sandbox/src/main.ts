import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { configOrExit } from 'seckill-core';
import { readSandboxConfig } from './config.ts';
import { startSandbox } from './start-sandbox.ts';

const config = configOrExit(readSandboxConfig);
const log = pino({ name: 'payment-sandbox', level: config.logLevel });
const sandbox = await startSandbox({ ...config, environment: () => process.env, log });
log.info({ url: sandbox.url }, 'ready');
closeWithGrace({ delay: 5_000, logger: log }, () => sandbox.stop());
