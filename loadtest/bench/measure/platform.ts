/** What the bench must be able to do with a platform beside asking it over HTTP. */
export interface BenchPlatform {
  gatewayUrls: readonly string[];
  /** nginx in front of the gateways; undefined if there is none. */
  nginxUrl: string | undefined;
  adminToken: string;
  tokenSecret: string;
  databaseUrl: string;
  redisUrl: string;
  natsUrl: string;
  /** Every process, by part: `gateway`, `worker`, `redis`, `nats`, `postgres`. */
  processes: () => PartProcesses[];
  /** The heavy path is stopped, so that what waits for it piles up … */
  stopWorkers: () => Promise<void>;
  /** … and is let go, by all workers or by `count` of them. Resolves when they are ready. */
  startWorkers: (count?: number) => Promise<void>;
}

export interface PartProcesses {
  part: string;
  pids: readonly number[];
}
