import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { configOrExit } from 'seckill-core';
import { readDownstreamConfig } from './config.ts';
import { startDownstream } from './start-downstream.ts';

const config = configOrExit(readDownstreamConfig);
const log = pino({ name: 'downstream-sandbox', level: config.logLevel });
const sandbox = await startDownstream({ ...config, log });
log.info({ url: sandbox.url }, 'ready');
closeWithGrace({ delay: 5_000, logger: log }, () => sandbox.stop());
