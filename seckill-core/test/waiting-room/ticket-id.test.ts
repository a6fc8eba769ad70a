import { newId, TicketIds } from 'seckill-core';
import { expect, test } from 'vitest';

const saleId = newId();
const ids = new TicketIds('a-secret');

test('a ticket has the same id from every gateway, and only its user can show it', () => {
  const ticket = { saleId, lane: 'p', number: 1_000_000 } as const;
  const ticketId = ids.idOf(ticket, 'José');
  expect(new TicketIds('a-secret').idOf(ticket, 'José')).toBe(ticketId);
  expect(ids.verify(ticketId, 'José')).toEqual(ticket);
  expect(ids.verify(ticketId, 'Jose')).toBeUndefined();
});

test('an id with any other lane, number or sale is not ours', () => {
  const ticketId = ids.idOf({ saleId, lane: 'n', number: 17 }, 'ann');
  const mac = ticketId.slice(-22);
  for (const text of [`${saleId}.p17`, `${saleId}.n1`, `${saleId}.n017`, `${newId()}.n17`])
    expect(ids.verify(`${text}.${mac}`, 'ann')).toBeUndefined();
  for (const text of ['', 'n17', `${ticketId}x`, ticketId.slice(0, -1)]) expect(ids.verify(text, 'ann')).toBeUndefined();
});

test('while the secret changes, ids of the secret before stay valid', () => {
  const ticket = { saleId, lane: 'n', number: 1 } as const;
  const later = new TicketIds('another', 'a-secret');
  expect(later.verify(ids.idOf(ticket, 'ann'), 'ann')).toEqual(ticket);
  expect(later.idOf(ticket, 'ann')).not.toBe(ids.idOf(ticket, 'ann'));
});

test('an entry id names no user and differs between sales', () => {
  const entryId = ids.entryIdOf(saleId, 'ann');
  expect(entryId).toMatch(/^[A-Za-z0-9_-]{12}$/);
  expect(ids.entryIdOf(saleId, 'ann')).toBe(entryId);
  expect(ids.entryIdOf(newId(), 'ann')).not.toBe(entryId);
  expect(ids.entryIdOf(saleId, 'bob')).not.toBe(entryId);
});
