import { calls, readRiskSettings, readRiskVersion, riskChanged } from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { eraseUser } from '../../src/index.ts';
import { usePlatform } from '../support/platform.ts';

const on = usePlatform();
/** The guard runs each second; the machine may be slow. */
const WITHIN = { timeout: 20_000 };
const by = { changedBy: 'ada', address: '203.0.113.7' };
const rule = { ruleId: 'fast', name: 'Fast', enabled: true, action: 'observe', when: { device: 'missing' } } as const;

beforeEach(async () => {
  await on.platform.startWorker();
});

const inRedis = () => readRiskSettings(on.platform.redis);
const readRules = () => on.platform.call(calls.getRiskRules, {});

async function changeRules(rules: readonly object[], version?: number) {
  const known = version ?? (await readRules()).version;
  return on.platform.call(calls.changeRiskRules, { version: known, rules: rules as [typeof rule], why: 'a test', ...by });
}

describe('rules', () => {
  test('are in Redis before the reply, are broadcast, and carry who changed them', async () => {
    const { platform } = on;
    const heard: string[] = [];
    platform.listen(riskChanged.subjects, (data) => heard.push(Buffer.from(data).toString()));
    await platform.nc.flush();
    const changed = await changeRules([rule]);
    expect(changed).toMatchObject({ changedBy: 'ada', rules: [rule] });
    expect(await inRedis()).toMatchObject({ version: changed.version, rules: [rule] });
    await expect.poll(() => heard).toContain(JSON.stringify({ version: changed.version }));
    const { changes } = await platform.call(calls.listRiskChanges, { limit: 1 });
    expect(changes).toEqual([
      { version: changed.version, changedAt: expect.any(String), what: 'rules', why: 'a test', detail: [rule], ...by },
    ]);
  });

  test('two operators at once: the second one has to read again', async () => {
    const { version } = await readRules();
    const results = await Promise.allSettled([changeRules([rule], version), changeRules([], version)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [refused] = results.filter((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'VERSION_CONFLICT' });
    // A change of the lists is no conflict for the rules.
    const before = await readRules();
    await on.platform.call(calls.addRiskEntry, { list: 'deny', kind: 'user', value: 'x', ...by });
    await changeRules([rule], before.version);
  });

  test.each([
    [[rule, rule], 'ruleId "fast" is used by another rule'],
    [[{ ...rule, action: 'block', delayMs: 5 }], 'rules.0.delayMs is only for the action "slow"'],
    [[{ ...rule, action: 'slow', difficulty: 1 }], 'rules.0.difficulty is only for the action "challenge"'],
  ])('that contradict themselves are refused: %#', async (rules, reason) => {
    const before = await readRules();
    await expect(changeRules(rules)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining(reason),
    });
    expect(await readRules()).toEqual(before);
  });
});

describe('lists', () => {
  const add = (entry: object) =>
    on.platform.call(calls.addRiskEntry, { list: 'deny', kind: 'address', value: '192.0.2.1', ...entry, ...by });

  test('an entry is kept in one spelling, once, and can be removed twice', async () => {
    const entry = await add({ kind: 'address', value: '2001:DB8::1', note: 'first' });
    expect(entry).toMatchObject({ list: 'deny', kind: 'address', value: '2001:db8:0:0', note: 'first', addedBy: 'ada' });
    expect(await add({ kind: 'address', value: '2001:db8::2', note: 'again' })).toMatchObject({
      entryId: entry.entryId,
      note: 'again',
    });
    expect((await inRedis()).entries).toContainEqual({ list: 'deny', kind: 'address', value: '2001:db8:0:0' });
    await expect(add({ value: '300.1.1.1' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    const { entryId } = entry;
    await on.platform.call(calls.removeRiskEntry, { list: 'deny', entryId, ...by });
    const version = await readRiskVersion(on.platform.redis);
    await on.platform.call(calls.removeRiskEntry, { list: 'deny', entryId, ...by });
    expect(await readRiskVersion(on.platform.redis)).toBe(version);
    expect((await inRedis()).entries).not.toContainEqual(expect.objectContaining({ value: '2001:db8:0:0' }));
  });

  test('are read page by page, the newest first', async () => {
    for (const value of ['a', 'b', 'c']) await add({ list: 'pages', kind: 'device', value });
    const read = (cursor?: string) =>
      on.platform.call(calls.listRiskEntries, { list: 'pages', limit: 2, ...(cursor && { cursor }) });
    const first = await read();
    expect(first.entries.map(({ value }) => value)).toEqual(['c', 'b']);
    expect((await read(first.nextCursor)).entries.map(({ value }) => value)).toEqual(['a']);
    const { lists } = await on.platform.call(calls.listRiskLists, {});
    expect(lists).toContainEqual({ list: 'pages', entries: 3 });
  });

  test('a user who is erased leaves them', async () => {
    await add({ kind: 'user', value: 'eve|1', note: 'a reseller' });
    const { pseudonym } = await eraseUser(on.platform, 'eve|1');
    await expect.poll(async () => JSON.stringify(await inRedis()), WITHIN).not.toContain('eve|1');
    const { changes } = await on.platform.call(calls.listRiskChanges, { limit: 20 });
    expect(JSON.stringify(changes)).not.toContain('eve|1');
    expect(changes).toContainEqual(expect.objectContaining({ detail: expect.objectContaining({ value: pseudonym }) }));
  });
});

test('what Redis has lost, or a worker did not write, is there again within a second or two', async () => {
  const { platform } = on;
  const { version } = await changeRules([{ ...rule, name: 'After the loss' }]);
  await platform.redis.flushdb();
  await expect.poll(inRedis, WITHIN).toMatchObject({ version, rules: [{ name: 'After the loss' }] });
  await platform.prisma.$executeRaw`UPDATE risk_settings SET version = version + 1`;
  await expect.poll(() => readRiskVersion(platform.redis), WITHIN).toBe(version + 1);
});
