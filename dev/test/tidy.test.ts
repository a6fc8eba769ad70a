import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What Biome can't hold: words, exports without a reader, names that belong to one package. A finding says what to write instead. */

interface SourceFile {
  path: string;
  text: string;
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
  cwd: root,
  encoding: 'utf8',
});
const files: readonly SourceFile[] = tracked
  .split('\n')
  .filter(
    (path) => /\.(ts|tsx|mjs|lua|sql|md|ya?ml|conf|sh|css|prisma)$|Dockerfile$/.test(path) && !path.includes('/migrations/'),
  )
  // A deleted file is still in the index until the deletion is committed.
  .flatMap((path) => {
    try {
      return [{ path, text: readFileSync(join(root, path), 'utf8') }];
    } catch {
      return [];
    }
  });
/** This file spells out what it looks for. */
const self = 'dev/test/tidy.test.ts';
const code = files.filter(({ path }) => /\.(ts|tsx|mjs)$/.test(path) && path !== self);
const pages = files.filter(({ path }) => path.endsWith('.md'));

interface Piece {
  path: string;
  line: number;
  text: string;
}

/** What `pattern` matches in `file`, each with its line. */
function pieces({ path, text }: SourceFile, pattern: RegExp): Piece[] {
  let line = 1;
  let from = 0;
  return Array.from(text.matchAll(pattern), (match) => {
    for (; from < match.index; from += 1) if (text.charCodeAt(from) === 10) line += 1;
    return { path, line, text: match[0] };
  });
}

/** Strings first, so that a `//` in an address begins no comment. */
const codeTokens = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/.*/g;
const hashComments = /(?<=^|\s)#.*/gm;
const dashComments = /--.*/g;

const commentsOf: Readonly<Record<string, (file: SourceFile) => Piece[]>> = {
  '.lua': (file) => pieces(file, dashComments),
  '.sql': (file) => pieces(file, dashComments),
  '.css': (file) => pieces(file, /\/\*[\s\S]*?\*\//g),
  '.prisma': (file) => pieces(file, /\/\/.*/g),
  '.ts': (file) => pieces(file, codeTokens).filter(({ text }) => text.startsWith('/')),
};
for (const extension of ['.tsx', '.mjs']) Object.assign(commentsOf, { [extension]: commentsOf['.ts'] });
for (const extension of ['.yaml', '.yml', '.conf', '.sh', '']) {
  Object.assign(commentsOf, { [extension]: (file: SourceFile) => pieces(file, hashComments) });
}

const comments = files.filter(({ path }) => path !== self).flatMap((file) => commentsOf[extname(file.path)]?.(file) ?? []);
const strings = code.flatMap((file) =>
  pieces(file, codeTokens).filter(({ text }) => !text.startsWith('/') && text.includes(' ')),
);

/** Words of a translation: programs are no persons, and each of these has a plain form. */
const bannedWords =
  /\b(nobody(?!")|somebody|anybody|everybody|whoever|anew|by itself|of its own|as good as|meanwhile|(?:is|are|was|were) told)\b/gi;
/** "where" names a place. As the first word of a comment it does ("Where a gateway listens"), and after these words. */
const whereForIf =
  /(?<![/*#-]\s*|\b(?:from|to|is|was|were|are|for|on|in|of|and|that|exactly|only|say|says|know|knows|show|shows|find|finds|tell|tells|see|continue|continues|first) )\bwhere (?:there|it|that|this|one|no|none|nothing|an?|the|he|she|they|you|we)\b/gi;

const redisLayout =
  /seckill:\{|\bitemKeys\b|\broomKeys\b|\.(?:h(?:get|mget|getall|set|del|len|scan|exists)|z(?:add|card|range|rem|score)|s(?:add|rem|members))\(/g;
const subject = /(?<=['"`])seckill\.(?:reserved|payment|deadline|order|dead|broadcast|user|rpc)\.(?!\w+\.v1)/g;

const isTest = (path: string) => /(^|\/)test\//.test(path);
const isCore = (path: string) => path.startsWith('seckill-core/');
/** Configuration, entry points, tests, and the tools of development may read the environment. */
const readsEnvironment = (path: string) => /(^|\/)([\w-]*main|[\w.]*config)\.m?ts$|^(dev|loadtest)\//.test(path) || isTest(path);

/** One entry for each match of `pattern`, at the line of the match. */
function matches(places: readonly Piece[], pattern: RegExp): Piece[] {
  return places.flatMap((place) =>
    pieces({ path: place.path, text: place.text }, pattern).map((match) => ({ ...match, line: place.line + match.line - 1 })),
  );
}

const whole = (list: readonly SourceFile[]): Piece[] => list.map(({ path, text }) => ({ path, line: 1, text }));
const uncommented = (list: readonly SourceFile[]): Piece[] =>
  // Blanked, so that lines keep their numbers.
  list.map(({ path, text }) => ({
    path,
    line: 1,
    text: text.replace(codeTokens, (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token)),
  }));

/** Fails with every finding at its file and line if there are more than `most`. */
function expectNone(found: readonly Piece[], instead: string, most = 0): void {
  if (found.length <= most) return;
  const lines = found.map(({ path, line, text }) => `${path}:${line}: ${text.replace(/\s+/g, ' ').slice(0, 120)}`);
  expect.fail(`${found.length} findings, at most ${most} allowed. ${instead}\n${lines.join('\n')}`);
}

describe('words', () => {
  const plainly = 'Name the thing in the code that acts, or write the plain form: "again", "alone", "own", "receives", "no one".';
  const conditionally = 'Write "if" for a condition, "when" for a time; "where" is for a place.';

  test('comments are plain: fewer than 0.3 banned words in 1,000', () => {
    const count = comments.reduce((sum, { text }) => sum + (text.match(/[\w'-]*\w/g)?.length ?? 0), 0);
    expectNone(matches(comments, bannedWords), plainly, Math.floor((0.3 * count) / 1_000));
  });

  test('pages, messages and names of tests have no banned word', () => {
    expectNone(matches([...whole(pages), ...strings], bannedWords), plainly);
  });

  test('"where" is a place', () => {
    expectNone(matches([...comments, ...strings, ...whole(pages)], whereForIf), conditionally);
  });
});

describe('one home per idea', () => {
  const notCore = uncommented(code.filter(({ path }) => !isCore(path)));
  /** Tests and chaos, which damage Redis on purpose, say so by this import. */
  const damages = ({ path, text }: Piece) =>
    (isTest(path) || path.startsWith('loadtest/chaos/')) && /'seckill-core\/(stock|room)-layout'/.test(text);
  const product = notCore.filter((file) => !isTest(file.path) && !damages(file));
  const tests = notCore.filter((file) => isTest(file.path) && !damages(file));

  test('only seckill-core knows the layout of Redis', () => {
    const instead = 'Call a function of seckill-core/src/stock or waiting-room, or add one there.';
    expectNone(matches(product, redisLayout), instead);
    expectNone(
      matches(tests, redisLayout),
      `${instead} A test that damages Redis on purpose imports seckill-core/stock-layout or room-layout.`,
    );
  });

  test('only seckill-core spells out subjects', () => {
    const instead = "Take the subject from the event's own file in seckill-core/src/events, or from STREAMS.";
    expectNone(matches(notCore, subject), instead);
  });

  test('product code reads the environment only in configuration and entry points', () => {
    const readers = uncommented(code.filter(({ path }) => !readsEnvironment(path)));
    expectNone(matches(readers, /\bprocess\.env\b/g), 'Read it in the config.ts or main.ts of the package and pass the value.');
  });

  test('every export has a reader in another file', () => {
    expectNone(deadExports(), 'Remove `export`, or the declaration if nothing in the file uses it.');
  });
});

describe('files', () => {
  test('have at most 400 lines', () => {
    const isGenerated = (text: string) => text.startsWith('# Made by docs/');
    // A list of tables in one file, which Prisma's generator and every page that leads to a table expect at one address.
    const isLong = (path: string) => path.endsWith('.md') || path === 'prisma/schema.prisma';
    const long = files.filter(({ path, text }) => !isLong(path) && !isGenerated(text) && text.split('\n').length > 401);
    expectNone(whole(long), 'Split it by purpose.');
  });

  test('are named for a purpose', () => {
    const vague = files.filter(({ path }) => /(^|\/|-)(utils?|helpers?|managers?|common|misc)(\.|-|\/)/.test(path));
    expectNone(whole(vague), 'Name the file for what it does, in the words of the field.');
  });
});

/**
 * Exports that only their own file uses. An index hands names on, except that of a provider, a listener or a sink, which is loaded by its folder's name; tools read
 * what entry points and configuration export.
 */
function deadExports(): Piece[] {
  const isEntry = (path: string) => /(^|\/)(index|[\w-]*main|[\w.]*config)\.ts$|^loadtest\/k6\/[\w-]+\.ts$|\.d\.ts$/.test(path);
  const wordsOf = (text: string) => text.match(/[A-Za-z_$][\w$]*/g) ?? [];
  const readers = new Map<string, number>();
  for (const { path, text } of code) {
    if (basename(path) === 'index.ts' && !/\/(providers|protocols|listeners|sinks)\/[^/]+\/index\.ts$/.test(path)) continue;
    for (const word of new Set(wordsOf(text))) readers.set(word, (readers.get(word) ?? 0) + 1);
  }
  const declaration =
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) [\w$]+/gm;
  return code
    .filter(({ path }) => !isEntry(path))
    .flatMap((file) => pieces(file, declaration).map((piece) => ({ file, piece, name: piece.text.split(' ').at(-1) ?? '' })))
    .filter(({ file, piece, name }) => {
      if (readers.get(name) !== 1) return false;
      // The type of a parameter or result is part of the function that other files call.
      const isType = /^export (?:declare )?(?:interface|type) /.test(piece.text);
      return !isType || wordsOf(file.text).filter((word) => word === name).length === 1;
    })
    .map(({ piece }) => piece);
}
