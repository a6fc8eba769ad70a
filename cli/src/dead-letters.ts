import { discardDeadLetter, findDeadLetter, findDeadLetters, replayDeadLetter } from 'order-worker';
import { Problem } from 'seckill-core';
import { readWish, usage, type Wish } from './dead-letters/arguments.ts';
import { openBooks, openNats, Unreachable } from './dead-letters/connect.ts';
import { contentOf, discardedLine, listLines, replayedLine, showLines } from './dead-letters/lines.ts';

const wish = wishOrExit();
try {
  process.exitCode = await fulfil(wish);
} catch (error) {
  fail(sentenceOf(error));
}

/** Answers the exit code. */
async function fulfil(wish: Wish): Promise<number> {
  const nats = await openNats();
  try {
    switch (wish.verb) {
      case 'list':
        return await list(nats.nc, wish);
      case 'show': {
        const stored = await findDeadLetter(nats.nc, wish.seq);
        const content = stored.letter === undefined ? undefined : contentOf(stored.letter.data);
        console.log(wish.json ? JSON.stringify({ ...stored, content }, undefined, 2) : showLines(stored).join('\n'));
        return 0;
      }
      case 'replay':
        console.log(replayedLine(await replayDeadLetter(nats, wish.seq)));
        return 0;
      case 'replay-all':
        return await replayAll(nats, wish.consumer);
      case 'discard': {
        // Told before anything is opened that there is no such letter.
        await findDeadLetter(nats.nc, wish.seq);
        const books = await openBooks();
        try {
          console.log(discardedLine(await discardDeadLetter({ ...nats, ...books }, wish.seq)));
        } finally {
          await books.close();
        }
        return 0;
      }
    }
  } finally {
    await nats.close();
  }
}

type Nats = Awaited<ReturnType<typeof openNats>>;

async function list(nc: Nats['nc'], { consumer, json }: Extract<Wish, { verb: 'list' }>): Promise<number> {
  const letters = await findDeadLetters(nc, consumer);
  if (json) console.log(JSON.stringify(letters, undefined, 2));
  else if (letters.length === 0)
    console.log(`There are no dead letters${consumer === undefined ? '' : ` of the consumer ${consumer}`}.`);
  else console.log(letters.flatMap(listLines).join('\n'));
  return 0;
}

/** Those that were there at the start: what dies again meanwhile waits for the next time. */
async function replayAll(nats: Nats, consumer: string | undefined): Promise<number> {
  const letters = await findDeadLetters(nats.nc, consumer);
  let failed = 0;
  for (const { seq } of letters) {
    try {
      console.log(replayedLine(await replayDeadLetter(nats, seq)));
    } catch (error) {
      failed += 1;
      console.error(`#${seq} was not published again: ${sentenceOf(error)}`);
    }
  }
  console.log(`${letters.length - failed} of ${letters.length} dead letters were published again.`);
  return failed === 0 ? 0 : 1;
}

function wishOrExit(): Wish {
  try {
    return readWish(process.argv.slice(2));
  } catch (error) {
    fail(`${(error as Error).message}\n\n${usage}`);
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Problem && error.code === 'NOT_FOUND')
    return `${error.message} "npm run dead-letters -- list" shows those there are.`;
  if (error instanceof Problem || error instanceof Unreachable) return error.message;
  const { name, message } = error as Error;
  if (name === 'StreamNotFoundError' || /stream not found/.test(message))
    return 'There is no stream SECKILL_DEAD_LETTERS there: a worker makes it when it first starts. Is NATS_URL that of the platform?';
  return `It failed: ${message}`;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
