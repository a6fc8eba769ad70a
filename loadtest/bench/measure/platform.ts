/** What the bench needs of a platform in addition to its HTTP API. */
export interface BenchPlatform {
  gatewayUrls: readonly string[];
  /** nginx in front of the gateways; undefined if there is none. */
  nginxUrl: string | undefined;
  adminToken: string;
  tokenSecret: string;
  jwtSecret: string;
  databaseUrl: string;
  redisUrl: string;
  natsUrl: string;
  /** The sandbox's receiver of webhooks, if there is one. */
  hooksUrl?: string;
  /** Every process, by part: `gateway`, `worker`, `listeners`, `redis`, `nats`, `postgres`. */
  processes: () => PartProcesses[];
  /** Stops the heavy path, so that a backlog grows … */
  stopWorkers: () => Promise<void>;
  /** … and starts all workers again, or `count` of them. Resolves when they are ready. */
  startWorkers: (count?: number) => Promise<void>;
  /** Settings that workers get when they start next, beside those that they have. */
  setWorkers: (settings: Record<string, string>) => void;
}

export interface PartProcesses {
  part: string;
  pids: readonly number[];
}
