import { discardDeadLetter, findDeadLetter, findDeadLetters, replayDeadLetter } from 'order-worker';
import { Problem, Publisher } from 'seckill-core';
import { type Command, CommandFailed } from '../command.ts';
import { openNats } from '../servers.ts';
import { contentOf, discardedLine, listLines, replayedLine, showLines } from './lines.ts';
import { openBooks } from './open-books.ts';
import { type Request, readRequest } from './request.ts';

export const deadLetters: Command = {
  usage: (called) => `${called} list [--consumer NAME] [--json]
${called} show SEQ [--json]
${called} replay SEQ | --all [--consumer NAME]
${called} discard SEQ

  list     every message that could not be handled, and why
  show     one of them, with its content
  replay   publishes it again on its subject, and deletes the dead letter
  discard  deletes it; if it was a winner's message, the winner gets REJECTED and the units return

NATS_URL names the platform (default nats://127.0.0.1:4222); discard also needs REDIS_URL and DATABASE_URL.`,

  async run(args, called) {
    const request = readRequest(args);
    try {
      return await carryOut(request);
    } catch (error) {
      throw error instanceof CommandFailed ? error : new CommandFailed(sentenceOf(error, called), { cause: error });
    }
  },
};

/** Resolves to the exit code. */
async function carryOut(request: Request): Promise<number> {
  const nc = await openNats('dead-letters', 'The dead letters are stored there.');
  const publisher = new Publisher(nc);
  const nats = { nc, publisher };
  try {
    switch (request.verb) {
      case 'list':
        return await list(nc, request);
      case 'show': {
        const stored = await findDeadLetter(nc, request.seq);
        const content = stored.letter === undefined ? undefined : contentOf(stored.letter.data);
        console.log(request.json ? JSON.stringify({ ...stored, content }, undefined, 2) : showLines(stored).join('\n'));
        return 0;
      }
      case 'replay':
        console.log(replayedLine(await replayDeadLetter(nats, request.seq)));
        return 0;
      case 'replay-all':
        return await replayAll(nats, request.consumer);
      case 'discard': {
        // A number without a dead letter fails here, before Redis and PostgreSQL are needed.
        await findDeadLetter(nc, request.seq);
        const books = await openBooks();
        try {
          console.log(discardedLine(await discardDeadLetter({ ...nats, ...books }, request.seq)));
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

async function list(nc: Connection, { consumer, json }: Extract<Request, { verb: 'list' }>): Promise<number> {
  const letters = await findDeadLetters(nc, consumer);
  if (json) console.log(JSON.stringify(letters, undefined, 2));
  else if (letters.length === 0)
    console.log(`There are no dead letters${consumer === undefined ? '' : ` of the consumer ${consumer}`}.`);
  else console.log(letters.flatMap(listLines).join('\n'));
  return 0;
}

/** Replays the dead letters that exist now; one that fails again while this runs waits for the next call. */
async function replayAll(nats: { nc: Connection; publisher: Publisher }, consumer: string | undefined): Promise<number> {
  const letters = await findDeadLetters(nats.nc, consumer);
  let failed = 0;
  for (const { seq } of letters) {
    try {
      console.log(replayedLine(await replayDeadLetter(nats, seq)));
    } catch (error) {
      failed += 1;
      console.error(`#${seq} was not published again: ${(error as Error).message}`);
    }
  }
  console.log(`${letters.length - failed} of ${letters.length} dead letters were published again.`);
  return failed === 0 ? 0 : 1;
}

function sentenceOf(error: unknown, called: string): string {
  if (error instanceof Problem && error.code === 'NOT_FOUND') return `${error.message} "${called} list" shows all of them.`;
  if (error instanceof Problem) return error.message;
  const { name, message } = error as Error;
  if (name === 'StreamNotFoundError' || /stream not found/.test(message))
    return "NATS has no stream SECKILL_DEAD_LETTERS. A worker creates it when it first starts. Check that NATS_URL is the platform's.";
  return `The command failed: ${message}`;
}
