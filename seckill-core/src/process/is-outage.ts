/** Prisma: a query timed out in the pool, its transaction could not start or ended, conflict, too many connections. P1…: no connection. */
const PRISMA_OUTAGE = /^(P1\d{3}|P2024|P2028|P2034|P2037)$/;
/** Prisma: the value is too long, out of range, null, or breaks a constraint. */
const PRISMA_DATA = /^(P2000|P2002|P2003|P2004|P2011|P2012|P2020|P2033)$/;
const ADAPTER_OUTAGES = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionWriteConflict',
]);
/** Prisma's own codes look like PostgreSQL's, except for the digit after P; Node's have no digit. */
const SQLSTATE = /^(?!P[1-9])(?=.*\d)[0-9A-Z]{5}$/;
/** PostgreSQL's classes that judge the data: cardinality, data exception, constraint, check option of a view. */
const SQLSTATE_DATA = /^(21|22|23|44)/;
/**
 * Classes that may be about one message or about all: a function's exception, an internal error (a damaged row), a table or a feature that is
 * missing. Every other class is an outage: read-only, cancelled, locked, full, shutting down, refused, and what later versions add.
 */
const SQLSTATE_UNCERTAIN = /^(P0|XX|38|39|0A|42(?!501))/;
const SOCKET_CODES = /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/** Redis answers, but is not the server we need. */
const REDIS_REPLIES =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM|BUSY|NOAUTH|WRONGPASS|NOPERM|ERR max number of clients)( |$)/;
const MESSAGES =
  /Connection terminated|Connection is closed|connection error and is not queryable|Command timed out|timeout exceeded when trying to connect|Can't reach database|Stream isn't writeable|Connection ended|server closed the connection|Query read timeout|^timeout expired$/i;
const NAMES = new Set([
  'MaxRetriesPerRequestError',
  'ClosedConnectionError',
  'ConnectionError',
  'DrainingConnectionError',
  'NoResponders',
  // The connection was closed while a request waited for its reply.
  'RequestError',
  'TimeoutError',
  'JetStreamNotEnabled',
  'PublishUnacknowledged',
  'ConsumerLost',
]);
/** JetStream refuses this message because it is larger than the stream allows. Every other refusal is about room, or the cluster. */
const MESSAGE_TOO_LARGE = 10_054;
/** JetStream's `err_code`: no room in the account or in the store. */
const NO_ROOM = new Set<unknown>([10_002, 10_028, 10_047]);
const PROGRAM_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'URIError']);

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

/**
 * What an error is about. `outage`: a server, so a later retry helps. `message`: the data, or the program that handles it; the same message fails
 * again. `unknown`: neither is certain, so treat it as an outage unless other messages pass.
 */
export type FaultKind = 'outage' | 'message' | 'unknown';

export function kindOfFault(error: unknown): FaultKind {
  const found = faults(error);
  if (found.some(saysNotNow)) return 'outage';
  return found.some((fault) => blamesMessage(fault, error)) ? 'message' : 'unknown';
}

/** Returns whether the error says that Redis, NATS or PostgreSQL cannot do this now: it is away, read-only, locked, out of room. */
export const isOutage = (error: unknown): boolean => kindOfFault(error) === 'outage';

/** Returns whether PostgreSQL ended the transaction so that another one could go on: retry it unchanged. */
export function isConflict(error: unknown): boolean {
  return faults(error).some(
    (fault) =>
      fault.kind === 'TransactionWriteConflict' || fault.code === 'P2034' || /^(40001|40P01)$/.test(sqlStateOf(fault) ?? ''),
  );
}

/** Returns PostgreSQL's code for the error, if PostgreSQL answered with one. */
export function sqlState(error: unknown): string | undefined {
  return faults(error)
    .map(sqlStateOf)
    .find((code) => code !== undefined);
}

function saysNotNow(fault: Fault): boolean {
  const state = sqlStateOf(fault);
  if (state !== undefined) return !SQLSTATE_DATA.test(state) && !SQLSTATE_UNCERTAIN.test(state);
  if (fault.name === 'PublishRefused') return fault.code !== MESSAGE_TOO_LARGE;
  if (fault.name === 'JetStreamApiError') return fault.status === 503 || NO_ROOM.has(fault.code);
  return (
    NAMES.has(fault.name ?? '') ||
    ADAPTER_OUTAGES.has(fault.kind ?? '') ||
    (typeof fault.code === 'string' && (PRISMA_OUTAGE.test(fault.code) || SOCKET_CODES.test(fault.code))) ||
    REDIS_REPLIES.test(fault.message ?? '') ||
    MESSAGES.test(fault.message ?? '')
  );
}

function blamesMessage(fault: Fault, whole: unknown): boolean {
  if (SQLSTATE_DATA.test(sqlStateOf(fault) ?? '') || fault.name === 'MalformedMessage') return true;
  if (typeof fault.code === 'string' && PRISMA_DATA.test(fault.code)) return true;
  // Clients throw a TypeError with a cause or a code for a broken connection.
  return fault === whole && PROGRAM_ERRORS.has(fault.name ?? '') && fault.cause === undefined && fault.code === undefined;
}

function sqlStateOf({ originalCode, code }: Fault): string | undefined {
  const state = originalCode ?? code;
  return typeof state === 'string' && SQLSTATE.test(state) ? state : undefined;
}

/** Returns the error and the errors inside it: clients wrap the driver's error in their own. */
function faults(error: unknown, depth = 0): Fault[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const fault = error as Fault;
  const inner = [fault.cause, fault.meta?.driverAdapterError, ...(Array.isArray(fault.errors) ? fault.errors : [])];
  return [fault, ...inner.flatMap((each) => faults(each, depth + 1))];
}
