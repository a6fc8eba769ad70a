import { runCommand } from 'dev';
import { DEMO } from './flags.ts';
import { gatewaysFor } from './gateway-death.ts';
import { runDemo } from './run-demo.ts';

await runCommand({
  command: DEMO,
  async run(options, { signal, startPlatform }) {
    const { providers = ['http'], listeners } = options;
    const downstream = listeners ? 'together' : undefined;
    const holds = await runDemo(options, {
      output: process.stdout,
      signal,
      startPlatform: (say) =>
        startPlatform({
          useEnvironment: true,
          say,
          label: 'demo',
          gateways: gatewaysFor(options),
          providers,
          downstream,
          env: { LOG_LEVEL: 'warn' },
        }),
    });
    return holds ? 0 : 1;
  },
});
