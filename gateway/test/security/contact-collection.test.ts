import { pino } from 'pino';
import { type Contact, calls, MOST_CONTACTS } from 'seckill-core';
import { expect, test } from 'vitest';
import type { NatsLink } from '../../src/links/nats-link.ts';
import { ContactCollection } from '../../src/security/contact-collection.ts';
import { contactOf } from '../../src/security/user-token.ts';

const log = pino({ level: 'silent' });

/** A worker that notes what it is asked. `down` makes it refuse. */
function worker() {
  const asked: { userId: string; email?: string }[][] = [];
  const state = { down: false };
  const ask = async (rpc: { name: string }, { contacts }: { contacts: { userId: string }[] }) => {
    expect(rpc.name).toBe(calls.keepContacts.name);
    if (state.down) throw new Error('away');
    asked.push(contacts);
    return {};
  };
  return { asked, state, link: { ask } as unknown as Pick<NatsLink, 'ask'> };
}

test('contacts are sent in batches, the newest of each user', async () => {
  const { asked, link } = worker();
  const contacts = new ContactCollection(link, log);
  for (let i = 0; i <= MOST_CONTACTS; i += 1) contacts.add(`user-${i}`, { email: `${i}@old.example` });
  contacts.add('user-7', { email: '7@new.example' });
  await contacts.stop();
  expect(asked.map(({ length }) => length)).toEqual([MOST_CONTACTS, 1]);
  expect(asked.flat().filter(({ userId }) => userId === 'user-7')).toEqual([{ userId: 'user-7', email: '7@new.example' }]);
});

test('what no worker has taken is sent later', async () => {
  const { asked, link, state } = worker();
  const contacts = new ContactCollection(link, log);
  state.down = true;
  contacts.add('ada', { email: 'ada@mail.example' });
  await contacts.stop();
  state.down = false;
  await contacts.stop();
  expect(asked).toEqual([[{ userId: 'ada', email: 'ada@mail.example' }]]);
});

test('a user without an address is not sent', async () => {
  const { asked, link } = worker();
  const contacts = new ContactCollection(link, log);
  contacts.add('ada', { locale: 'en' });
  await contacts.stop();
  expect(asked).toEqual([]);
});

test.each<[string, object, Contact]>([
  [
    'the standard ones',
    { email: 'a@b.example', phone_number: '+4912345678', locale: 'de' },
    { email: 'a@b.example', phone: '+4912345678', locale: 'de' },
  ],
  ['an address that is not verified', { email: 'a@b.example', email_verified: false }, {}],
  ['an address with a line break', { email: 'a@b.example\r\nBcc: c@d.example' }, {}],
  ['several addresses', { email: 'a@b.example,c@d.example' }, {}],
  ['a phone number that is not international', { phone_number: '0123 456' }, {}],
  ['other types', { email: ['a@b.example'], locale: 7 }, {}],
])('claims: %s', (_, claims, contact) => {
  expect(contactOf(claims)).toEqual(contact);
});
