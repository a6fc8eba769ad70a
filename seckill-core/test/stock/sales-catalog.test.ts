import { forgetSale, readSale, readSales, readSalesVersion, writeSale } from 'seckill-core';
import { SALES_KEY } from 'seckill-core/stock-layout';
import { beforeEach, describe, expect, test } from 'vitest';
import { settingsOf, useStock } from './use-stock.ts';

const stock = useStock();
beforeEach(() => stock.redis.flushdb());

test('a sale is read as it was written', async () => {
  const sale = { ...settingsOf('00002a'), title: 'Ünïcode “sale” 🎟' };
  expect(await writeSale(stock.redis, sale)).toBe(true);
  expect(await readSale(stock.redis, sale.saleId)).toEqual(sale);
  expect(await readSales(stock.redis)).toEqual([sale]);
});

describe('the highest version of a sale stays', () => {
  test('in whatever order the versions arrive', async () => {
    const sale = settingsOf('00002a');
    const versions = [3, 10, 1, 9, 10, 2].map((version) => ({ ...sale, version, title: `version ${version}` }));
    const written = await Promise.all(versions.map((each) => writeSale(stock.redis, each)));
    expect(written).toEqual([true, true, false, false, false, false]);
    expect(await readSale(stock.redis, sale.saleId)).toMatchObject({ version: 10, title: 'version 10' });
  });

  test('and only a write changes the number that gateways poll', async () => {
    const sale = { ...settingsOf('00002a'), version: 2 };
    await writeSale(stock.redis, sale);
    const before = await readSalesVersion(stock.redis);
    await writeSale(stock.redis, { ...sale, version: 1 });
    await writeSale(stock.redis, sale);
    expect(await readSalesVersion(stock.redis)).toBe(before);
    await writeSale(stock.redis, { ...sale, version: 3 });
    expect(await readSalesVersion(stock.redis)).not.toBe(before);
  });
});

test('two sales are kept side by side', async () => {
  const [one, two] = [settingsOf('000001'), settingsOf('000002')];
  await Promise.all([writeSale(stock.redis, one), writeSale(stock.redis, two)]);
  await writeSale(stock.redis, { ...one, version: 2, status: 'PAUSED' });
  expect(await readSale(stock.redis, two.saleId)).toEqual(two);
  expect(await readSales(stock.redis)).toHaveLength(2);
});

describe('a forgotten sale', () => {
  test('is gone, the other stays, and gateways can see it', async () => {
    const [one, two] = [settingsOf('000001'), settingsOf('000002')];
    await Promise.all([writeSale(stock.redis, one), writeSale(stock.redis, two)]);
    const before = await readSalesVersion(stock.redis);
    await forgetSale(stock.redis, one.saleId);
    expect(await readSales(stock.redis)).toEqual([two]);
    const after = await readSalesVersion(stock.redis);
    expect(after).not.toBe(before);
    await forgetSale(stock.redis, one.saleId);
    expect(await readSalesVersion(stock.redis)).toBe(after);
  });

  test('does not create a catalogue in a Redis that lost it: gateways keep what they know', async () => {
    await forgetSale(stock.redis, settingsOf('000001').saleId);
    expect(await readSalesVersion(stock.redis)).toBeUndefined();
  });
});

test('a catalogue that was lost and written again has a number it never had before', async () => {
  const now = async () => {
    const [seconds, microseconds] = await stock.redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  };
  const numbers = new Set<string | undefined>();
  for (let round = 0; round < 5; round += 1) {
    await stock.redis.flushdb();
    expect(await readSalesVersion(stock.redis)).toBeUndefined();
    await writeSale(stock.redis, settingsOf('000001'));
    numbers.add(await readSalesVersion(stock.redis));
    const written = await now();
    await expect.poll(now, { interval: 1 }).toBeGreaterThan(written);
  }
  expect(numbers.size).toBe(5);
});

test('settings that do not fit the schema are an error and not a sale', async () => {
  const sale = settingsOf('00002a');
  await stock.redis.hset(SALES_KEY, sale.saleId, JSON.stringify({ ...sale, endsAt: 'soon' }));
  await expect(readSale(stock.redis, sale.saleId)).rejects.toThrow();
});
