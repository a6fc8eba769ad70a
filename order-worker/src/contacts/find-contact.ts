import { type Contact, HttpUrl, parseJson, readContact } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { type Static, type TObject, Type } from 'typebox';
import { HttpPool } from '../servers/http-pool.ts';

/** Settings of every listener that reaches buyers. */
export const contactSettings = {
  CONTACT_URL: Type.Optional(HttpUrl),
  CONTACT_SECRET: Type.Optional(Type.String()),
};

/** Resolves to how a user can be reached; an empty object if that is not known. Rejects if the service does not answer until `giveUpAt`. */
export type FindContact = (userId: string, giveUpAt: number) => Promise<Contact>;

/** How many calls to the look-up service may run at once. */
const CONNECTIONS = 8;

/** Finds contacts at the shop's own service if there is one, else among those that the gateways have collected from access tokens. */
export function contactFinder(settings: Static<TObject<typeof contactSettings>>, prisma: PrismaClient): FindContact {
  const { CONTACT_URL: url, CONTACT_SECRET: secret } = settings;
  if (url === undefined) return (userId) => findCollected(prisma, userId);
  const pool = new HttpPool(url, CONNECTIONS);
  const headers = { accept: 'application/json', ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }) };
  return async (userId, giveUpAt) => {
    const { status, body } = await pool.send({ method: 'GET', path: `/${encodeURIComponent(userId)}`, headers }, giveUpAt);
    if (status === 404) return {};
    if (status !== 200) throw new Error(`The contact service answered ${status}. Check CONTACT_URL and CONTACT_SECRET.`);
    return readContact((parseJson(body) ?? {}) as Contact);
  };
}

async function findCollected(prisma: PrismaClient, userId: string): Promise<Contact> {
  const { email, phone, locale } = (await prisma.contact.findUnique({ where: { userId } })) ?? {};
  return readContact({ email, phone, locale });
}
