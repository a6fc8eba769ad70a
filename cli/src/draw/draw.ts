import { readFile } from 'node:fs/promises';
import { ENTRY_ID_LENGTH, flag, isUuid, PublishedDraw, readFlags, UsageError } from 'seckill-core';
import { Compile } from 'typebox/compile';
import { type Command, CommandFailed, type Terminal } from '../command/command.ts';
import { type LaneResult, type Verified, verifyDraw } from './verify-draw.ts';

const FETCH_WITHIN_MS = 60_000;
/** Drawn entries that are printed without --all. */
const PRINTED = 20;
const draws = Compile(PublishedDraw);
const entryIds = new RegExp(`^[A-Za-z0-9_-]{${ENTRY_ID_LENGTH}}$`);

const commandLine = (called: string) => ({
  usage: `${called} verify --sale ID --url GATEWAY [--entry ENTRYID] [--all] [--json]
${called} verify --file FILE [--entry ENTRYID] [--all] [--json]

Repeats the shuffle of a sale's queue or draw from what was published: the hash of the seed, the seed, and the entries. Prints who was drawn.
FILE holds the answer of GET /api/sales/ID/draw. docs/waiting-room.md says how the shuffle works, so that any program can do the same.`,
  flags: {
    sale: flag.text('the sale', { value: 'ID' }),
    url: flag.text('the address of a gateway, or of the shop', { value: 'GATEWAY' }),
    file: flag.text('read the published data from this file', { value: 'FILE' }),
    entry: flag.text('say which place this entry has; its user sees the id beside the ticket', { value: 'ENTRYID' }),
    all: flag.toggle('print every drawn entry'),
    json: flag.toggle('print data'),
  },
  takesWords: true,
});

/** Exit code 1 if the published data do not give the published shuffle, or if --entry names none of its entries. */
export const draw: Command = {
  commandLine,

  async run(args, called, terminal) {
    const { flags, words } = readFlags(commandLine(called), args);
    const source = readSource(words, flags);
    if (flags.entry !== undefined && !entryIds.test(flags.entry))
      throw new UsageError(`--entry takes ${ENTRY_ID_LENGTH} letters, digits, "-" and "_", not "${flags.entry}".`);
    const text = 'file' in source ? await readFrom(source.file) : await fetchFrom(source.url);
    const verified = await verifyDraw(parseDraw(text));
    return print(verified, flags, terminal);
  },
};

type Source = { file: string } | { url: URL };

/** Throws a {@link UsageError}. */
function readSource(
  [verb, ...rest]: readonly string[],
  { sale, url, file }: { sale: string | undefined; url: string | undefined; file: string | undefined },
): Source {
  if (verb !== 'verify' || rest.length > 0) throw new UsageError('Say what to do: verify.');
  if (file !== undefined) {
    if (sale !== undefined || url !== undefined) throw new UsageError('Use either --file, or --sale and --url.');
    return { file };
  }
  if (sale === undefined || url === undefined) throw new UsageError('Use --sale and --url, or --file.');
  if (!isUuid(sale)) throw new UsageError(`"${sale}" is not the id of a sale.`);
  if (!URL.canParse(url)) throw new UsageError(`--url takes an address such as https://shop.example.com, not "${url}".`);
  return { url: new URL(`/api/sales/${sale}/draw`, url) };
}

const readFrom = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailed(`Could not read ${file}: ${error.message}`, { cause: error });
  });

async function fetchFrom(url: URL): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_WITHIN_MS) });
    const text = await response.text();
    if (response.ok) return text;
    const { detail } = (JSON.parse(text) ?? {}) as { detail?: string };
    throw new CommandFailed(`${url} answered ${response.status}: ${detail ?? 'no reason is given'}`);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(`Could not read ${url}: ${(error as Error).message}. Does --url name a gateway?`, { cause: error });
  }
}

function parseDraw(text: string): PublishedDraw {
  try {
    const value: unknown = JSON.parse(text);
    if (draws.Check(value)) return value;
  } catch {
    // The sentence below says it.
  }
  throw new CommandFailed('These are no data of a draw: expected the answer of GET /api/sales/ID/draw.');
}

function print(
  { faults, lost, lanes }: Verified,
  { entry, all, json }: { entry: string | undefined; all: boolean; json: boolean },
  terminal: Terminal,
): number {
  const place = entry === undefined ? undefined : findPlace(lanes, entry);
  const holds = faults.length === 0 && (entry === undefined || place !== undefined);
  if (json) terminal.print(JSON.stringify({ holds, faults, lost, lanes, ...(place && { place }) }, undefined, 2));
  else {
    for (const fault of faults) terminal.print(`FAILED ${fault}`);
    if (lost > 0)
      terminal.print(`${lost} entries were never answered: their ids are lost, and the key cannot be computed again.`);
    for (const lane of lanes) terminal.print(linesOf(lane, all).join('\n'));
    if (entry !== undefined) terminal.print(place === undefined ? `Entry ${entry} was not shuffled.` : sayPlace(entry, place));
    terminal.print(
      faults.length === 0 ? 'The shuffle is the one that the seed and the entries give.' : 'The shuffle does NOT hold.',
    );
  }
  return holds ? 0 : 1;
}

interface Place {
  lane: string;
  place: number;
  /** Whether it has had its turn. */
  drawn: boolean;
}

function findPlace(lanes: readonly LaneResult[], entry: string): Place | undefined {
  for (const { lane, order, served } of lanes) {
    const at = order.indexOf(entry);
    if (at >= 0) return { lane, place: at + 1, drawn: at < served };
  }
  return undefined;
}

const sayPlace = (entry: string, { lane, place, drawn }: Place): string =>
  `Entry ${entry} has place ${place} of lane ${lane}, and ${drawn ? 'has had its turn' : 'has not had its turn yet'}.`;

function linesOf({ lane, count, order, served }: LaneResult, all: boolean): string[] {
  const drawn = order.slice(0, served);
  const printed = all ? drawn : drawn.slice(0, PRINTED);
  const more = drawn.length - printed.length;
  return [
    `Lane ${lane}: ${count} entries, of which ${drawn.length} have had their turn.`,
    ...printed.map((id, i) => `  ${String(i + 1).padStart(String(drawn.length).length)}  ${id}`),
    ...(more > 0 ? [`  and ${more} more; --all prints them`] : []),
  ];
}
