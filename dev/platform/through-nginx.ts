import { findProgram } from '../servers/find-program.ts';
import { startNginx } from './start-nginx.ts';
import type { Platform } from './start-platform.ts';

/**
 * The shipped nginx in front of the platform's gateways, without its limits per address: a load generator has one address for all
 * its buyers. nginx ends with the platform. Undefined if this machine has no nginx.
 */
export async function putBehindNginx({ servers, gatewayUrls }: Platform): Promise<string | undefined> {
  if (findProgram('nginx') === undefined) return undefined;
  const { url } = await startNginx(servers.folder, {
    gatewayPorts: gatewayUrls.map((gateway) => Number(new URL(gateway).port)),
    edit: { 'limits.conf': (shipped) => shipped.replace('# 10.1.2.0/24 0;', '127.0.0.0/8 0;') },
  });
  return url;
}
