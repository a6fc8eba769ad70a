/** Prisma: no connection, closed, timed out, no free connection in time, transaction could not start or ended, conflict, too many connections. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);
const ADAPTER_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionWriteConflict',
]);
/** PostgreSQL's classes: connection exception, insufficient resources, operator intervention (shut down, starting up), system error. */
const SQLSTATE_CLASSES = /^(08|53|57P|58|40001|40P01)/;
const SOCKET_CODES = /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/** Redis answers, but is not the server we need. */
const REDIS_REPLIES = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM|BUSY) /;
const MESSAGES =
  /Connection terminated|Connection is closed|connection error and is not queryable|Command timed out|timeout exceeded when trying to connect|Can't reach database|Stream isn't writeable|Connection ended|server closed the connection|^timeout expired$/i;
const NAMES = new Set([
  'MaxRetriesPerRequestError',
  'ClosedConnectionError',
  'ConnectionError',
  'DrainingConnectionError',
  'NoRespondersError',
  'TimeoutError',
  'JetStreamNotEnabled',
  'PublishRefused',
  'PublishUnacknowledged',
]);

interface Fault {
  name?: string;
  message?: string;
  code?: unknown;
  status?: unknown;
  kind?: string;
  originalCode?: string;
  cause?: unknown;
  errors?: unknown[];
  meta?: { driverAdapterError?: unknown };
}

/** Returns whether the error says that Redis, NATS or PostgreSQL is away, is starting, or is out of room: a later retry may help. */
export function isOutage(error: unknown): boolean {
  return faults(error).some(
    (fault) =>
      NAMES.has(fault.name ?? '') ||
      (fault.name === 'JetStreamApiError' && fault.status === 503) ||
      ADAPTER_KINDS.has(fault.kind ?? '') ||
      SQLSTATE_CLASSES.test(fault.originalCode ?? '') ||
      (typeof fault.code === 'string' &&
        (PRISMA_CODES.has(fault.code) || SQLSTATE_CLASSES.test(fault.code) || SOCKET_CODES.test(fault.code))) ||
      REDIS_REPLIES.test(fault.message ?? '') ||
      MESSAGES.test(fault.message ?? ''),
  );
}

/** Returns whether PostgreSQL ended the transaction so that another one could go on: retry it unchanged. */
export function isConflict(error: unknown): boolean {
  return faults(error).some(
    (fault) =>
      fault.kind === 'TransactionWriteConflict' ||
      fault.code === 'P2034' ||
      /^(40001|40P01)$/.test(String(fault.originalCode ?? fault.code ?? '')),
  );
}

/** Returns the error and the errors inside it: clients wrap the driver's error in their own. */
function faults(error: unknown, depth = 0): Fault[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const fault = error as Fault;
  const inner = [fault.cause, fault.meta?.driverAdapterError, ...(Array.isArray(fault.errors) ? fault.errors : [])];
  return [fault, ...inner.flatMap((each) => faults(each, depth + 1))];
}
