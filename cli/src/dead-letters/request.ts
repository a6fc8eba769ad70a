import { parseArgs } from 'node:util';
import { WrongUsage } from '../command.ts';

export type Request =
  | { verb: 'list'; consumer: string | undefined; json: boolean }
  | { verb: 'show'; seq: number; json: boolean }
  | { verb: 'replay'; seq: number }
  | { verb: 'replay-all'; consumer: string | undefined }
  | { verb: 'discard'; seq: number };

/** Throws {@link WrongUsage}. */
export function readRequest(args: readonly string[]): Request {
  const { values, positionals } = parse(args);
  const { consumer, all, json } = values;
  const [verb, seq, ...rest] = positionals;
  if (rest.length > 0) throw new WrongUsage(`"${rest[0]}" is one argument too many.`);
  switch (verb) {
    case undefined:
      throw new WrongUsage('Name what to do: list, show, replay or discard.');
    case 'list':
      if (seq !== undefined) throw new WrongUsage(`list takes no number; "show ${seq}" shows one.`);
      return { verb, consumer, json };
    case 'show':
      return { verb, seq: sequence(verb, seq), json };
    case 'discard':
      if (all) throw new WrongUsage('discard takes one at a time: a discarded dead letter is gone.');
      return { verb, seq: sequence(verb, seq) };
    case 'replay':
      if (all && seq !== undefined) throw new WrongUsage(`Use --all or ${seq}, not both.`);
      return all ? { verb: 'replay-all', consumer } : { verb, seq: sequence(verb, seq) };
    default:
      throw new WrongUsage(`"${verb}" is not one of list, show, replay and discard.`);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        consumer: { type: 'string' },
        all: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new WrongUsage((error as Error).message);
  }
}

function sequence(verb: string, text: string | undefined): number {
  if (text === undefined) throw new WrongUsage(`${verb} needs the number of a dead letter; "list" shows them.`);
  const seq = Number(text.replace(/^#/, ''));
  if (!Number.isInteger(seq) || seq < 1) throw new WrongUsage(`"${text}" is not the number of a dead letter; "list" shows them.`);
  return seq;
}
