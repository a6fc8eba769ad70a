import { readHistory, readStart, readTime, startOf } from 'order-worker';
import {
  encodeOrderEvent,
  flag,
  isUuid,
  ORDER_EVENTS,
  type OrderEvent,
  type OrderEventName,
  readFlags,
  UsageError,
} from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { type Command, CommandFailed, type Terminal } from '../command/command.ts';
import { openNats, readServers, unreachable } from '../command/servers.ts';

const commandLine = (called: string) => ({
  usage: `${called} --from TIME|POSITION|beginning [--to TIME] [--sale ID] [--type NAME]... [--ndjson]

Prints order events, the oldest first. Those that the stream no longer has are rebuilt from PostgreSQL, order by order, with the same ids.
An event may come twice: its id tells.
NATS_URL and DATABASE_URL name the platform.`,
  flags: {
    from: flag.text('where to begin: 2026-11-01, 2026-11-01T10:00:00Z, a position in SECKILL_ORDERS, or beginning', {
      value: 'WHERE',
    }),
    to: flag.text('only events that happened before', { value: 'TIME' }),
    sale: flag.text('only events of this sale', { value: 'ID' }),
    type: flag.texts(`only events of this type: ${ORDER_EVENTS.join(', ')}`, { value: 'NAME' }),
    ndjson: flag.toggle('print CloudEvents in JSON, one on each line'),
  },
});

export const events: Command = {
  commandLine,

  async run(args, called, terminal) {
    const request = readRequest(args, called);
    const servers = readServers(terminal);
    const nc = await openNats(servers, 'events', 'The newest events are stored there.');
    const prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 2 });
    try {
      await prisma.$queryRaw`SELECT 1`.catch((error) =>
        unreachable(
          { server: 'PostgreSQL', variable: 'DATABASE_URL', url: servers.databaseUrl, why: 'Older events are rebuilt from it.' },
          error,
        ),
      );
      await print({ nc, prisma }, request, terminal);
      return 0;
    } catch (error) {
      throw error instanceof CommandFailed ? error : new CommandFailed(sentenceOf(error as Error), { cause: error });
    } finally {
      await nc.close();
      await prisma.$disconnect();
    }
  },
};

type Request = ReturnType<typeof readRequest>;

/** Throws a {@link UsageError}. */
function readRequest(args: readonly string[], called: string) {
  const { from = '', to, sale, type, ndjson } = readFlags(commandLine(called), args).flags;
  if (from === '') throw new UsageError('Name where to begin: --from beginning, a time, or a position.');
  const start = readStart(from);
  if (start === undefined || start === 'now')
    throw new UsageError(
      `--from takes beginning, a time or a position, not "${from}". A time with hours ends in Z or an offset.`,
    );
  const until = to === undefined ? Number.POSITIVE_INFINITY : readTime(to);
  if (until === undefined) throw new UsageError(`--to takes a time, such as 2026-11-01T10:00:00Z, not "${to}".`);
  if (sale !== undefined && !isUuid(sale)) throw new UsageError(`"${sale}" is not the id of a sale.`);
  const unknown = type.find((name) => !ORDER_EVENTS.some((known) => known === name));
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is not one of ${ORDER_EVENTS.join(', ')}.`);
  return { start, until, saleId: sale, types: type.length === 0 ? undefined : (type as OrderEventName[]), ndjson };
}

async function print(
  parts: Parameters<typeof readHistory>[0],
  { start, until, saleId, types, ndjson }: Request,
  terminal: Terminal,
): Promise<void> {
  for await (const batch of readHistory(parts, await startOf(parts, start), { saleId, types })) {
    const lines = batch.events.filter(({ at }) => at < until).map(ndjson ? encodeOrderEvent : line);
    if (lines.length > 0) terminal.print(lines.join('\n'));
  }
}

function line({ at, event, orderId, version, userId, amountCents, currency, refund, reason }: OrderEvent): string {
  const money = `${refund?.amountCents ?? amountCents} ${currency}`;
  return [new Date(at).toISOString(), event.padEnd(15), orderId, `v${version}`, money, userId, reason ?? ''].join('  ').trimEnd();
}

function sentenceOf({ name, message }: Error): string {
  if (name === 'StreamNotFoundError' || /stream not found/.test(message))
    return "NATS has no stream SECKILL_ORDERS. A worker creates it when it first starts. Check that NATS_URL and NATS_PREFIX are the platform's.";
  return `The command failed: ${message}`;
}
