/** What the bench asks the load generator for, sent over the channel between the two processes. */
export interface Job {
  /** Servers, without a slash at the end; connections are spread over them. */
  origins: readonly string[];
  connections: number;
  /** Ends after this time … */
  seconds?: number;
  /** … or after this many answers; else when the bodies are used up. */
  requests?: number;
  /** Requests per second, as far as the connections allow. Default: each connection sends as fast as it is answered. */
  ratePerSecond?: number;
  bodies: Bodies;
}

export type Bodies =
  /** The same body for every request. */
  | { kind: 'same'; body: string }
  /** Calls without a body, by users in turn. Each path in turn, or one for all. */
  | { kind: 'calls'; method: 'GET' | 'POST'; paths: string[]; bearers: string[] }
  /** A separate purchase token for each request, minted before the first request is sent. */
  | {
      kind: 'tokens';
      count: number;
      secret: string;
      /** Items; the tokens are for each in turn. */
      itemIds: string[];
      /** Number of users, at most that of the tokens; the tokens are for each in turn. */
      users: number;
      /** Default 0. */
      firstUser?: number;
      /** Unix seconds. */
      expiresAt: number;
    };

export interface AnswerStatistics {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Time of the last of these answers, ms since 1970. */
  lastAt: number;
}

export interface JobResult {
  /** From the first request sent to the last answer received. */
  seconds: number;
  perSecond: number;
  all: AnswerStatistics;
  byStatus: Record<string, AnswerStatistics>;
  /** Codes (`RESERVED`, `SOLD_OUT`, …) among a sample of the answers. */
  codes: Record<string, number>;
  /** Connections that broke, each with its request. */
  faults: number;
  /** ms since 1970. */
  startedAt: number;
  endedAt: number;
  /** CPU of this process while it sent. */
  cpuSeconds: number;
}

export type ToGenerator = { kind: 'prepare'; job: Job } | { kind: 'go' };
export type FromGenerator =
  | { kind: 'ready' }
  | { kind: 'prepared' }
  | { kind: 'done'; result: JobResult }
  | { kind: 'failed'; message: string };
