import { sqlState } from './is-outage.ts';

/** Long enough for the reason; an error that quotes a statement or a reply is cut. */
const LONGEST = 300;

interface Described {
  name?: unknown;
  message?: unknown;
  code?: unknown;
  stack?: unknown;
  command?: { name?: unknown };
}

/**
 * Says in one line what happened, without what a client adds to its errors: the code around a query and the parameters (Prisma), the row or
 * the value (PostgreSQL), the arguments of a command (Redis). They name buyers.
 */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return cut(String(error));
  const { name, message, command } = error as Described;
  const text = typeof message === 'string' ? message : '';
  const state = sqlState(error);
  if (state !== undefined) return cut(`PostgreSQL says ${state}: ${withoutValues(state, lastLine(text))}`);
  if (name === 'PrismaClientValidationError') return 'PrismaClientValidationError: a query has an argument that does not fit';
  if (String(name).startsWith('PrismaClient')) return cut(`${name}: ${lastLine(text)}`);
  if (name === 'ReplyError') return cut(`Redis says to ${command?.name ?? 'a command'}: ${text.replace(/,? with args .*/s, '')}`);
  return cut(`${name ?? 'Error'}: ${text}`);
}

/** What a log line may hold of an error: {@link reasonOf}, its type and code, and the places it went through. */
export function safeError(error: unknown): { type: string; message: string; code?: unknown; stack?: string } {
  const { name, code, stack } = (typeof error === 'object' && error !== null ? error : {}) as Described;
  const frames = String(stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
  return {
    type: String(name ?? typeof error),
    message: reasonOf(error),
    ...(code === undefined ? {} : { code }),
    ...(frames.length === 0 ? {} : { stack: frames.join('\n') }),
  };
}

/** Names in quotes help to find a fault (a constraint); in class 22 the quotes hold the value. */
const withoutValues = (state: string, text: string): string => (state.startsWith('22') ? text.replace(/"[^"]*"/g, '"…"') : text);

/** Prisma writes the call and the code around it above what went wrong. Its raw queries quote PostgreSQL's message. */
function lastLine(text: string): string {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  return /Message: `(.*)`$/.exec(line)?.[1] ?? line;
}

const cut = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};
