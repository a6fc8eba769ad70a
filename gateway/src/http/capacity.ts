/** Files that are not connections of clients: Redis, NATS, standard streams, and those that metrics and pages open for a moment. */
const RESERVED_FILES = 64;
/** Of the connections, streams get three quarters. The rest is for calls, of which one connection carries many. */
const STREAM_SHARE = 0.75;
/** Each stream costs about 20 kB of memory. */
const STREAM_LIMIT = 20_000;
/** An operator watches in one or two tabs. These come on top, so that buyers cannot shut operators out. */
const OPERATOR_STREAMS = 20;
const UNLIMITED_FILES = 1_000_000;

/** How much a gateway accepts, so that it never runs out of file descriptors. */
export interface Capacity {
  connections: number;
  buyerStreams: number;
  operatorStreams: number;
}

export function capacityOf(openFiles: number): Capacity {
  const connections = Math.max(1, openFiles - RESERVED_FILES);
  return {
    connections,
    buyerStreams: Math.min(STREAM_LIMIT, Math.floor((connections - OPERATOR_STREAMS) * STREAM_SHARE)),
    operatorStreams: OPERATOR_STREAMS,
  };
}

/** Returns how many files this process may open (`ulimit -n`). Takes about 10 ms. */
export function openFileLimit(): number {
  if (process.report === undefined) return UNLIMITED_FILES;
  // Otherwise the report looks up the names of all addresses.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } };
  const soft = Number(report.userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : UNLIMITED_FILES;
}
