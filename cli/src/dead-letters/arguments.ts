import { parseArgs } from 'node:util';

export const usage = `npm run dead-letters -- list [--consumer NAME] [--json]
npm run dead-letters -- show SEQ [--json]
npm run dead-letters -- replay SEQ | --all [--consumer NAME]
npm run dead-letters -- discard SEQ

  list     what could not be handled, and why
  show     one of them, with all that it holds
  replay   publishes it again where it came from, and takes it out of the list
  discard  takes it out of the list; a winner whose message it was is told REJECTED and the units return

NATS_URL says which platform (default nats://127.0.0.1:4222); discard needs REDIS_URL and DATABASE_URL too.`;

export type Wish =
  | { verb: 'list'; consumer: string | undefined; json: boolean }
  | { verb: 'show'; seq: number; json: boolean }
  | { verb: 'replay'; seq: number }
  | { verb: 'replay-all'; consumer: string | undefined }
  | { verb: 'discard'; seq: number };

/** Throws with a sentence that says what is wrong. */
export function readWish(args: string[]): Wish {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      consumer: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { consumer, all, json } = values;
  const [verb, seq, ...rest] = positionals;
  if (rest.length > 0) throw new Error(`"${rest[0]}" is one argument too many.`);
  switch (verb) {
    case undefined:
      throw new Error('What is to be done?');
    case 'list':
      if (seq !== undefined) throw new Error(`list takes no number; "show ${seq}" shows one.`);
      return { verb, consumer, json };
    case 'show':
      return { verb, seq: sequence(verb, seq), json };
    case 'discard':
      if (all) throw new Error('discard takes one at a time: what is discarded is gone.');
      return { verb, seq: sequence(verb, seq) };
    case 'replay':
      if (all && seq !== undefined) throw new Error(`Either --all or ${seq}, not both.`);
      return all ? { verb: 'replay-all', consumer } : { verb, seq: sequence(verb, seq) };
    default:
      throw new Error(`"${verb}" is not among list, show, replay, discard.`);
  }
}

function sequence(verb: string, text: string | undefined): number {
  if (text === undefined) throw new Error(`Which one? "list" shows their numbers: ${verb} SEQ`);
  const seq = Number(text.replace(/^#/, ''));
  if (!Number.isInteger(seq) || seq < 1) throw new Error(`"${text}" is not the number of a dead letter; "list" shows them.`);
  return seq;
}
