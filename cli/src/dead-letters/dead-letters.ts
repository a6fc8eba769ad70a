import { discardDeadLetter, findDeadLetter, findDeadLetters, replayDeadLetter } from 'order-worker';
import { Problem, Publisher } from 'seckill-core';
import { type Command, CommandFailed, type Terminal } from '../command/command.ts';
import { openNats, readServers } from '../command/servers.ts';
import { contentOf, discardedLine, listLines, replayedLine, showLines } from './lines.ts';
import { openBooks } from './open-books.ts';
import { commandLine, type Request, readRequest } from './request.ts';

export const deadLetters: Command = {
  commandLine,

  async run(args, called, terminal) {
    const request = readRequest(args, called);
    try {
      return await carryOut(request, terminal);
    } catch (error) {
      throw error instanceof CommandFailed ? error : new CommandFailed(sentenceOf(error, called), { cause: error });
    }
  },
};

/** Resolves to the exit code. */
async function carryOut(request: Request, terminal: Terminal): Promise<number> {
  const servers = readServers(terminal);
  const nc = await openNats(servers, 'dead-letters', 'The dead letters are stored there.');
  const publisher = new Publisher(nc);
  const nats = { nc, publisher };
  try {
    switch (request.verb) {
      case 'list':
        return await list(nc, request, terminal);
      case 'show': {
        const stored = await findDeadLetter(nc, request.seq);
        const content = stored.letter === undefined ? undefined : contentOf(stored.letter.data);
        terminal.print(request.json ? JSON.stringify({ ...stored, content }, undefined, 2) : showLines(stored).join('\n'));
        return 0;
      }
      case 'replay':
        terminal.print(replayedLine(await replayDeadLetter(nats, request.seq)));
        return 0;
      case 'replay-all':
        return await replayAll(nats, request.consumer, terminal);
      case 'discard': {
        // A number without a dead letter fails here, before Redis and PostgreSQL are needed.
        await findDeadLetter(nc, request.seq);
        const books = await openBooks(servers);
        try {
          terminal.print(discardedLine(await discardDeadLetter({ ...nats, ...books }, request.seq)));
        } finally {
          await books.close();
        }
        return 0;
      }
    }
  } finally {
    await publisher.close();
    await nc.close();
  }
}

type Connection = Awaited<ReturnType<typeof openNats>>;

async function list(nc: Connection, { consumer, json }: Extract<Request, { verb: 'list' }>, terminal: Terminal): Promise<number> {
  const letters = await findDeadLetters(nc, consumer);
  if (json) terminal.print(JSON.stringify(letters, undefined, 2));
  else if (letters.length === 0)
    terminal.print(`There are no dead letters${consumer === undefined ? '' : ` of the consumer ${consumer}`}.`);
  else terminal.print(letters.flatMap(listLines).join('\n'));
  return 0;
}

/** Replays the dead letters that exist now; one that fails again while this runs waits for the next call. */
async function replayAll(
  nats: { nc: Connection; publisher: Publisher },
  consumer: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const letters = await findDeadLetters(nats.nc, consumer);
  let failed = 0;
  for (const { seq } of letters) {
    try {
      terminal.print(replayedLine(await replayDeadLetter(nats, seq)));
    } catch (error) {
      failed += 1;
      terminal.printError(`#${seq} was not published again: ${(error as Error).message}`);
    }
  }
  terminal.print(`${letters.length - failed} of ${letters.length} dead letters were published again.`);
  return failed === 0 ? 0 : 1;
}

function sentenceOf(error: unknown, called: string): string {
  if (error instanceof Problem && error.code === 'NOT_FOUND') return `${error.message} "${called} list" shows all of them.`;
  if (error instanceof Problem) return error.message;
  const { name, message } = error as Error;
  if (name === 'StreamNotFoundError' || /stream not found/.test(message))
    return (
      'NATS has no stream SECKILL_DEAD_LETTERS. A worker creates it when it first starts. ' +
      "Check that NATS_URL and NATS_PREFIX are the platform's."
    );
  return `The command failed: ${message}`;
}
