import type { FaultProxy } from 'dev';

/** A process that faults can break. */
export interface Part {
  kill(): Promise<void>;
  restart(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

/** As the sandbox takes it. */
export type NotificationFaults = Partial<Record<'delayMs' | 'doubled' | 'reordered' | 'lost' | 'forged', number>>;

/** Undoes a fault; a part that was killed runs again afterwards. */
export type Heal = () => Promise<void>;

/** The platform, as the faults see it. */
export interface Patient {
  readonly gateways: readonly Part[];
  readonly workers: readonly Part[];
  /** The payment provider, which keeps what it knows in a file. */
  readonly payments: Part;
  /** What follows orders, if the listeners are on. The services keep their books in files. */
  readonly followers?: Readonly<Record<(typeof FOLLOWERS)[number], Part>> | undefined;
  readonly redis: Part;
  readonly nats: Part;
  readonly postgres: Part;
  /** Between the gateways (or workers) and a server: one proxy for each process, in the order of the processes. */
  readonly links: Readonly<Record<LinkName, readonly FaultProxy[]>>;
  /** What the provider does to its notifications, as shares of them; nothing by default. */
  hurtNotifications(how: NotificationFaults): Promise<void>;
  flushRedis(): Promise<void>;
  makeReadOnly(): Promise<Heal>;
  fillStore(): Promise<Heal>;
  /** Healed once every process runs with the new password. */
  changePassword(of: 'redis' | 'postgres'): Promise<Heal>;
  promoteStaleReplica(staleForMs: number): Promise<Heal>;
  /** As if Redis's clock had stepped back while every token bucket was empty. */
  stepClockBack(ms: number): Promise<void>;
}

export const LINKS = ['gateway-redis', 'gateway-nats', 'worker-redis', 'worker-nats', 'worker-postgres'] as const;
export type LinkName = (typeof LINKS)[number];

/** What follows orders, each a process. They need `--listeners`. */
export const FOLLOWERS = ['listeners', 'mail', 'messages', 'webhooks', 'warehouse'] as const;
