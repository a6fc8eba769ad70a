import { parseArgs } from 'node:util';

/** Wrong arguments, or `--help`. The message names the flag and says what it takes. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** 0 after `--help`, which is no error to a shell; else 2. */
  readonly exitCode: 0 | 2;

  constructor(message: string, exitCode: 0 | 2 = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** One flag of a command. `read` throws a {@link UsageError} if the text is not what the flag takes. */
export interface Flag<T> {
  /** Without the dashes. Default: the flag's key in kebab case. */
  readonly flag?: string;
  /** The flag's description in the usage text. */
  readonly does: string;
  /** The placeholder of its value in the usage text. Flags without one are switches. */
  readonly value?: string;
  /** Shown in the usage text. */
  readonly default?: unknown;
  /** `given` has the values in the order of the command line: none if the flag was left out. */
  read(given: readonly string[], flag: string): T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

export interface Command<F extends Flags> {
  /** How to call it: `npm run demo -- [flags]`. More lines may follow. */
  readonly usage: string;
  readonly flags: F;
  /** Whether it takes arguments that are not flags, such as the name of a script. Default false. */
  readonly takesWords?: boolean;
}

export type FlagValues<F extends Flags> = { [Key in keyof F]: F[Key] extends Flag<infer T> ? T : never };
type Naming = Pick<Flag<unknown>, 'flag' | 'value'>;

/** Reads a command line. Throws a {@link UsageError} for wrong arguments and for `--help`. */
export function readFlags<F extends Flags>(
  command: Command<F>,
  args: readonly string[],
): { flags: FlagValues<F>; words: readonly string[] } {
  const named = Object.entries(command.flags).map(([key, flag]) => ({ key, flag, name: nameOf(key, flag) }));
  const { values, positionals } = parse(
    args,
    Object.fromEntries(named.map(({ flag, name }) => [name, { type: flag.value === undefined ? 'boolean' : 'string' }])),
    command.takesWords ?? false,
  );
  if (values['help'] !== undefined) throw new UsageError('', 0);
  const read = named.map(({ key, flag, name }) => {
    const given = (values[name] ?? []).map(String);
    return [key, flag.read(given, name)];
  });
  return { flags: Object.fromEntries(read), words: positionals };
}

/** What a command prints after a {@link UsageError}: the error, if there is one, and how to call the command. */
export function usageText({ usage, flags }: Command<Flags>, error: UsageError): string {
  const rows = Object.entries(flags).map(([key, flag]) => {
    const shown = flag.default === undefined ? '' : ` (default ${flag.default})`;
    return [`--${nameOf(key, flag)}${flag.value === undefined ? '' : ` ${flag.value}`}`, `${flag.does}${shown}`] as const;
  });
  rows.push(['--help', 'print this']);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  const text = `${usage}\n\n${rows.map(([flag, does]) => `  ${flag.padEnd(width)}  ${does}`).join('\n')}`;
  return error.message === '' ? text : `${error.message}\n\n${text}`;
}

/** The kinds of flags. If a flag with one value is repeated, the last value counts. */
export const flag = { toggle, text, texts, whole, fraction, choice, valued };

/** A flag without a value: true if it is there. */
function toggle(does: string, naming: Naming = {}): Flag<boolean> {
  return { ...naming, does, read: (given) => given.length > 0 };
}

function text(does: string, naming: Naming = {}): Flag<string | undefined> {
  return valued(does, { value: 'TEXT', ...naming }, (given) => given);
}

/** May be repeated; the values in the order of the command line. */
function texts(does: string, naming: Naming = {}): Flag<readonly string[]> {
  return { value: 'TEXT', ...naming, does, read: (given) => given };
}

interface Range {
  /** Default 1. */
  readonly from?: number;
  /** Default: no upper limit. */
  readonly to?: number;
}

function whole(does: string, naming: Naming & Range & { default: number }): Flag<number>;
function whole(does: string, naming?: Naming & Range): Flag<number | undefined>;
function whole(does: string, { from = 1, to = Number.MAX_SAFE_INTEGER, ...naming }: Naming & Range = {}) {
  return valued(does, { value: 'N', ...naming }, (given, flag) => {
    const number = Number(given);
    if (/^\d+$/.test(given) && number >= from && number <= to) return number;
    const range = to === Number.MAX_SAFE_INTEGER ? `${from} or more` : `${from} to ${to}`;
    throw new UsageError(`--${flag} takes a whole number, ${range}, not "${given}".`);
  });
}

/** A number from 0 to 1. */
function fraction(does: string, naming: Naming & { default: number }): Flag<number> {
  const flag = valued(does, { value: 'SHARE', ...naming }, (given, name) => {
    if (/^\d*\.?\d+$/.test(given) && Number(given) <= 1) return Number(given);
    throw new UsageError(`--${name} takes a number from 0 to 1, not "${given}".`);
  });
  return flag as Flag<number>;
}

function choice<T extends string>(does: string, among: readonly T[], naming: Naming = {}): Flag<T | undefined> {
  return valued(does, { value: 'NAME', ...naming }, (given, flag) => {
    const chosen = among.find((each) => each === given);
    if (chosen !== undefined) return chosen;
    throw new UsageError(`--${flag} takes one of ${among.join(', ')}, not "${given}".`);
  });
}

/** A flag with one value; `read` converts it or throws a {@link UsageError}. */
function valued<T>(
  does: string,
  naming: Naming & { value: string; default?: T },
  read: (given: string, flag: string) => T,
): Flag<T | undefined> {
  return { ...naming, does, read: (given, flag) => (given.length === 0 ? naming.default : read(given.at(-1) ?? '', flag)) };
}

function nameOf(key: string, { flag }: Pick<Flag<unknown>, 'flag'>): string {
  return flag ?? key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function parse(args: readonly string[], flags: Record<string, { type: 'boolean' | 'string' }>, allowPositionals: boolean) {
  const all = { ...flags, help: { type: 'boolean' as const } };
  const options = Object.fromEntries(Object.entries(all).map(([name, { type }]) => [name, { type, multiple: true as const }]));
  try {
    return parseArgs({ args: [...args], allowPositionals, options });
  } catch (error) {
    // Node's first sentence names the flag; those after it explain what does not help here.
    const [sentence = ''] = (error as Error).message.split(/\.\s/);
    throw new UsageError(`${sentence.replaceAll("'", '').replace(/\.$/, '')}.`);
  }
}
