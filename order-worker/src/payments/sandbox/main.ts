import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { ConfigFault, readSandboxConfig, type SandboxConfig } from '../../config.ts';
import { startSandbox } from './start-sandbox.ts';

const config = read();
const log = pino({ name: 'payment-sandbox', level: config.logLevel });
const sandbox = await startSandbox({ ...config, log });
log.info({ url: sandbox.url }, 'ready');
closeWithGrace({ delay: 5_000, logger: log }, () => sandbox.stop());

function read(): SandboxConfig {
  try {
    return readSandboxConfig();
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
