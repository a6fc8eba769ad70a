import { readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import {
  admit,
  advance,
  beginRebuild,
  beginRoomRebuild,
  changeItem,
  correct,
  findTickets,
  forgetSale,
  joinRoom,
  NO_RISK_SETTINGS,
  newReservationId,
  observe,
  openItem,
  openRoom,
  probeRedis,
  RESERVE_ANSWERS,
  type ReservationRecord,
  recount,
  release,
  replay,
  replayRoom,
  reserve,
  TAKE_UP_ANSWERS,
  takeUp,
  useClaims,
  writeRiskSettings,
  writeSale,
  writeShuffleKey,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { roomSale } from '../waiting-room/room-sale.ts';
import { scriptTexts } from './script-text.ts';
import { settingsOf } from './use-stock.ts';

const scripts = scriptTexts();
const loaded = keysInTypeScript();

test('every script is loaded by exactly one module, and every loaded script exists', () => {
  expect([...loaded.keys()].sort()).toEqual(scripts.map(({ name }) => name).sort());
});

describe.each(scripts)('$name.lua', ({ name, code, keys, argumentCount, repeated }) => {
  test('names the keys that its module passes, in order', () => {
    expect(keys).toEqual(loaded.get(name));
  });

  test('uses every key that it names, and no other', () => {
    const used = new Set([...code.matchAll(/KEYS\[(\d+)\]/g)].map(([, index]) => Number(index)));
    expect([...used].sort()).toEqual(keys.map((_, index) => index + 1));
    const touched = [...code.matchAll(/redis\.call\('(?!TIME)\w+', ([^,)]+)/g)].map(([, key]) => key);
    expect(touched.filter((key) => !/^KEYS\[\d+\]$/.test(key ?? ''))).toEqual([]);
  });

  test('uses every argument that it names, and no other', () => {
    const used = new Set([...code.matchAll(/ARGV\[(\d+)\]/g)].map(([, index]) => Number(index)));
    expect([...used].sort((a, b) => a - b)).toEqual(Array.from({ length: argumentCount }, (_, index) => index + 1));
    const [, from, step] = /for i = (\d+), #ARGV, (\d+) do/.exec(code) ?? [];
    if (repeated.length === 0) expect(code).not.toContain('#ARGV');
    else expect({ from: Number(from), step: Number(step) }).toEqual({ from: argumentCount + 1, step: repeated.length });
  });

  test('is called with as many keys and arguments as it names', async () => {
    const calls = await callsOf(name);
    expect(calls).toEqual([keys.length + argumentCount + 2 * repeated.length]);
  });
});

test.each([
  ['reserve', RESERVE_ANSWERS],
  ['take-up', TAKE_UP_ANSWERS],
] as const)('%s.lua and %s.ts agree on the number of each answer', (script, answers) => {
  const code = scripts.find(({ name }) => name === script)?.code ?? '';
  const inLua = new Map<number, string>();
  for (const [, names = '', numbers = ''] of code.matchAll(/^local ([A-Z_]+(?:, [A-Z_]+)+) = ([\d, ]+)$/gm)) {
    const values = numbers.split(',').map(Number);
    for (const [index, answer] of names.split(',').entries()) inLua.set(values[index] ?? -1, answer.trim());
  }
  expect([...inLua.entries()].sort(([a], [b]) => a - b)).toEqual([...answers.entries()]);
});

function keysInTypeScript(): Map<string, string[]> {
  const folders = ['../../src/stock/', '../../src/waiting-room/'].map((folder) => new URL(folder, import.meta.url));
  const urls = folders.flatMap((folder) => readdirSync(folder).map((file) => new URL(file, folder)));
  const found = new Map<string, string[]>();
  for (const url of urls.filter(({ pathname }) => pathname.endsWith('.ts'))) {
    const text = readFileSync(url, 'utf8');
    for (const [, name = '', keys = ''] of text.matchAll(/loadScript\('([\w-]+)', \[([^\]]*)\]\)/g)) {
      expect(found.has(name), `${name} is loaded twice`).toBe(false);
      found.set(
        name,
        [...keys.matchAll(/'(\w+)'/g)].map(([, key]) => key ?? ''),
      );
    }
  }
  return found;
}

/** Returns how many keys and arguments the script received, with two reservations if it takes any. */
async function callsOf(script: string): Promise<number[]> {
  const calls: number[] = [];
  const redis = new Proxy({} as Redis, {
    get:
      (_, command) =>
      async (...args: unknown[]) => {
        if (command === `seckill:${script}`) calls.push(args.length);
        return [1_000, 1, 0, 'OPEN', 'generation', 0, ''];
      },
  });
  const sale = settingsOf('00002a');
  const [item] = sale.items;
  const two = [0, 1].map(() => ({
    reservationId: newReservationId('00002a'),
    userId: 'ann',
    quantity: 1,
    reservedAt: 1,
    payBy: 1,
  }));
  const record: ReservationRecord = { status: 'ORDERED', userId: 'ann', quantity: 1, reservedAt: 1, payBy: 1 };
  const call: Record<string, () => Promise<unknown>> = {
    advance: () => advance(redis, item.itemId, 'ORDERED', two),
    'begin-rebuild': () => beginRebuild(redis, item.itemId, 'mark'),
    'change-item': () => changeItem(redis, sale, item),
    correct: () =>
      correct(
        redis,
        item.itemId,
        two.map(({ reservationId }) => ({ reservationId, seen: record, wanted: record })),
      ),
    'forget-sale': () => forgetSale(redis, sale.saleId),
    observe: () => observe(redis, item.itemId, 'run', { generation: '', length: 0 }),
    'open-item': () => openItem(redis, { runId: 'run', mark: 'mark', sale, item }),
    probe: () => probeRedis(redis),
    recount: () => recount(redis, item.itemId, { set: true }),
    release: () => release(redis, item.itemId, 'CANCELLED', two),
    replay: () =>
      replay(
        redis,
        item.itemId,
        two.map((each) => ({ ...each, status: 'PAID' as const })),
        { PAID: 'PAID' },
      ),
    reserve: () => reserve(redis, item.itemId, 'run', two).catch(() => undefined),
    'write-risk': () => writeRiskSettings(redis, NO_RISK_SETTINGS),
    'write-sale': () => writeSale(redis, sale),
    ...roomCalls(redis),
  };
  await call[script]?.();
  return calls;
}

/** The reply of the proxy is none of a waiting room's script. */
function roomCalls(redis: Redis): Record<string, () => Promise<unknown>> {
  const room = roomSale();
  const { saleId } = room;
  const seen = { runId: 'run', progressSeen: 0 };
  const none = { n: 0, p: 0 };
  const calls: Record<string, () => Promise<unknown>> = {
    admit: () => admit(redis, room, seen, undefined),
    'begin-room': () => beginRoomRebuild(redis, saleId, 'mark'),
    'find-tickets': () => findTickets(redis, saleId, 'run', ['ann']),
    join: () => joinRoom(redis, room, seen, [{ userId: 'ann', lane: 'n', entryId: 'abcdefghijkl' }]),
    'open-room': () => openRoom(redis, saleId, { mark: 'mark', runId: 'run', seed: 'seed', joined: none, served: none }),
    'replay-room': () => replayRoom(redis, saleId, 'mark', { tickets: [], claims: [], entries: { n: '', p: '' } }),
    'take-up': () => takeUp(redis, room, seen, undefined, [{ userId: 'ann', ticket: 'n1', place: 1 }]),
    'use-claims': () => useClaims(redis, saleId, 'run', ['ann']),
    'write-shuffle-key': () => writeShuffleKey(redis, saleId, { runId: 'run', epoch: 1 }, 'n', 'key'),
  };
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, () => call().catch(() => undefined)]));
}
