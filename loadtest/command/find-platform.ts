import type { PlatformOptions, Run } from 'dev';
import type { RunningPlatform } from 'simulation';

/** The platform behind `gateway`; without one, a private platform that stops when the command ends. */
export async function findPlatform(
  gateway: string | undefined,
  run: Pick<Run, 'startPlatform'>,
  options: PlatformOptions,
): Promise<RunningPlatform> {
  if (gateway !== undefined) {
    return { gatewayUrls: [gateway], adminToken: process.env['ADMIN_TOKEN'] || 'development-admin-token' };
  }
  console.log('Starting a private platform (--gateway URL uses one that is already running).');
  return run.startPlatform({ useEnvironment: true, say: console.log, env: { LOG_LEVEL: 'warn' }, ...options });
}
