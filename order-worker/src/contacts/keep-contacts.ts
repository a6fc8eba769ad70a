import type { calls } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';

type Contacts = Static<typeof calls.keepContacts.request>['contacts'];

/** Keeps how users can be reached. A value that is missing leaves the one that is known. Of two entries of a user, the last counts. */
export async function keepContacts(prisma: PrismaClient, contacts: Contacts): Promise<void> {
  const byUser = new Map(contacts.map((contact) => [contact.userId, contact]));
  // In one order, so that two batches cannot lock each other.
  const rows = [...byUser.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1));
  await prisma.$executeRaw`
    INSERT INTO contacts (user_id, email, phone, locale)
    SELECT * FROM unnest(
      ${rows.map(({ userId }) => userId)}::text[], ${rows.map(({ email }) => email ?? null)}::text[],
      ${rows.map(({ phone }) => phone ?? null)}::text[], ${rows.map(({ locale }) => locale ?? null)}::text[]
    )
    ON CONFLICT (user_id) DO UPDATE SET
      email = coalesce(excluded.email, contacts.email), phone = coalesce(excluded.phone, contacts.phone),
      locale = coalesce(excluded.locale, contacts.locale), updated_at = clock_timestamp()`;
}
