import { eraseUser as erase, findDeadLetters, OrdersStillOpen } from 'order-worker';
import { readFlags, STREAMS, UsageError } from 'seckill-core';
import { type Command, CommandFailed, type Terminal } from '../command/command.ts';
import { openNats, readServers } from '../command/servers.ts';
import { openBooks } from '../dead-letters/open-books.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT_DAYS = Math.max(STREAMS.reservations.maxAgeMs, STREAMS.orders.maxAgeMs, STREAMS.payments.maxAgeMs) / DAY_MS;

const commandLine = (called: string) => ({
  usage: `${called} USER_ID

Puts a pseudonym in the place of the user id, in PostgreSQL and in Redis. It cannot be undone.
NATS_URL, REDIS_URL and DATABASE_URL name the platform.`,
  flags: {},
  takesWords: true,
});

export const eraseUser: Command = {
  commandLine,

  async run(args, called, terminal) {
    const { words } = readFlags(commandLine(called), args);
    const [userId] = words;
    if (userId === undefined || userId === '' || words.length > 1)
      throw new UsageError('Name one user id. Quote it for your shell.');
    const servers = readServers(terminal);
    const nats = await openNats(servers, 'erase-user', 'Dead letters that name the user are stored there.');
    try {
      const books = await openBooks(servers);
      try {
        const { orders, rejections, pseudonym } = await erase(books, userId);
        terminal.print(`${orders} orders and ${rejections} rejections now belong to ${pseudonym}.`);
      } finally {
        await books.close();
      }
      const letters = (await findDeadLetters(nats, undefined)).filter((each) => names(each.letter?.data, userId));
      return report(letters, terminal);
    } catch (error) {
      if (error instanceof OrdersStillOpen) throw new CommandFailed(error.message, { cause: error });
      throw error;
    } finally {
      await nats.close();
    }
  },
};

const names = (base64: string | undefined, userId: string): boolean =>
  Buffer.from(base64 ?? '', 'base64')
    .toString()
    .includes(JSON.stringify(userId));

function report(letters: readonly { seq: number }[], terminal: Terminal): number {
  terminal.print(`Messages in the streams that name the user are deleted by their age, after ${KEPT_DAYS} days at the latest.`);
  if (letters.length === 0) return 0;
  const numbers = letters.map(({ seq }) => `#${seq}`).join(', ');
  terminal.printError(`Dead letters name the user: ${numbers}. Replay or discard them, then run this command again.`);
  return 1;
}
