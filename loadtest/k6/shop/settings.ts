/** Settings of a run, from k6's environment: `k6 run -e GATEWAY=http://127.0.0.1:3000 -e ADMIN_TOKEN=… loadtest/k6/rush.ts`. */

const gateways = (__ENV['GATEWAY'] ?? 'http://127.0.0.1:3000').split(',');

/** Clients are spread over the gateways. */
export const gateway = (): string => gateways[__VU % gateways.length] ?? '';

/** The gateway that the operator uses. */
export const firstGateway: string = gateways[0] ?? '';

export const adminToken: string = __ENV['ADMIN_TOKEN'] ?? 'development-admin-token';

export function setting(name: string, usual: number): number {
  const text = __ENV[name];
  const value = text === undefined || text === '' ? usual : Number(text);
  if (!(value >= 0)) throw new Error(`${name} has to be a number, not "${text}".`);
  return value;
}

/** An allowed latency in ms. A slow or busy machine gets more with `-e SLOWER=3`. */
export const ms = (usual: number): number => usual * setting('SLOWER', 1);
