import { flag, readFlags, UsageError } from 'seckill-core';

export const commandLine = (called: string) => ({
  usage: `${called} list [--consumer NAME] [--json]
${called} show SEQ [--json]
${called} replay SEQ | --all [--consumer NAME]
${called} discard SEQ

  list     every message that could not be handled, and why
  show     one of them, with its content
  replay   publish it again on its subject, and delete the dead letter
  discard  delete it; if it was a winner's message, the winner gets REJECTED and the units return

NATS_URL names the platform (default nats://127.0.0.1:4222); discard also needs REDIS_URL and DATABASE_URL.`,
  flags: {
    consumer: flag.text('only the dead letters of this consumer', { value: 'NAME' }),
    all: flag.toggle('replay every dead letter'),
    json: flag.toggle('print data'),
  },
  takesWords: true,
});

export type Request =
  | { verb: 'list'; consumer: string | undefined; json: boolean }
  | { verb: 'show'; seq: number; json: boolean }
  | { verb: 'replay'; seq: number }
  | { verb: 'replay-all'; consumer: string | undefined }
  | { verb: 'discard'; seq: number };

/** Throws a {@link UsageError}. */
export function readRequest(args: readonly string[], called: string): Request {
  const { flags, words } = readFlags(commandLine(called), args);
  const { consumer, all, json } = flags;
  const [verb, seq, ...rest] = words;
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many.`);
  switch (verb) {
    case undefined:
      throw new UsageError('Name what to do: list, show, replay or discard.');
    case 'list':
      if (seq !== undefined) throw new UsageError(`list takes no number; "show ${seq}" shows one.`);
      return { verb, consumer, json };
    case 'show':
      return { verb, seq: sequence(verb, seq), json };
    case 'discard':
      if (all) throw new UsageError('discard takes one at a time: a discarded dead letter is gone.');
      return { verb, seq: sequence(verb, seq) };
    case 'replay':
      if (all && seq !== undefined) throw new UsageError(`Use --all or ${seq}, not both.`);
      return all ? { verb: 'replay-all', consumer } : { verb, seq: sequence(verb, seq) };
    default:
      throw new UsageError(`"${verb}" is not one of list, show, replay and discard.`);
  }
}

function sequence(verb: string, text: string | undefined): number {
  if (text === undefined) throw new UsageError(`${verb} needs the number of a dead letter; "list" shows them.`);
  const seq = Number(text.replace(/^#/, ''));
  if (!Number.isInteger(seq) || seq < 1) throw new UsageError(`"${text}" is not the number of a dead letter; "list" shows them.`);
  return seq;
}
