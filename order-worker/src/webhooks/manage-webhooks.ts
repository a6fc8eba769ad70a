import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type CreatedWebhook, type calls, newId, Problem, type WebhookView } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { cutPage } from '../servers/cut-page.ts';
import { AddressRefused, type AddressRules } from './address-rules.ts';
import { newSecret } from './sign-webhook.ts';
import { findEndpoint, webhookView, webhookViews } from './webhook-view.ts';

type Of<Kind extends keyof typeof calls> = Static<(typeof calls)[Kind]['request']>;

const USUAL_OVERLAP_SECONDS = 86_400;

/** More would make each event costly: every endpoint is compared with it. */
const MOST_ENDPOINTS = 1_000;

export interface Managing {
  prisma: PrismaClient;
  rules: AddressRules;
}

/** Creates an endpoint. Its secret is returned this once. Throws VALIDATION_FAILED if its URL is refused. */
export async function createWebhook(parts: Managing, wish: Of<'createWebhook'>): Promise<Static<typeof CreatedWebhook>> {
  const { prisma } = parts;
  await checkUrl(parts.rules, wish.url);
  if ((await prisma.webhookEndpoint.count({ where: { deletedAt: null } })) >= MOST_ENDPOINTS)
    throw new Problem('VALIDATION_FAILED', `There are ${MOST_ENDPOINTS} webhooks already. Delete one first.`);
  const { url, events, saleIds = [], description = '' } = wish;
  const { id, secret } = await prisma.webhookEndpoint.create({
    data: { id: newId(), url, events, saleIds, description, secret: newSecret() },
  });
  return { ...(await webhookView(prisma, id)), secret };
}

/** A page of all endpoints, the newest first. */
export async function listWebhooks({ prisma }: Managing, { cursor, limit }: Of<'listWebhooks'>) {
  const found = await prisma.webhookEndpoint.findMany({
    where: { deletedAt: null, ...(cursor === undefined ? {} : { id: { lt: cursor } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const { rows: webhooks, ...next } = await cutPage(await webhookViews(prisma, found), limit, ({ webhookId }) => webhookId);
  return { webhooks, ...next };
}

/** Throws NOT_FOUND, or VALIDATION_FAILED if the new URL is refused. */
export async function changeWebhook(parts: Managing, { webhookId, ...wish }: Of<'changeWebhook'>): Promise<WebhookView> {
  const { prisma } = parts;
  if (wish.url !== undefined) await checkUrl(parts.rules, wish.url);
  await findEndpoint(prisma, webhookId);
  const { url, events, saleIds, description, state } = wish;
  const changed = { ...(url && { url }), ...(events && { events }), ...(saleIds && { saleIds }) };
  await prisma.webhookEndpoint.updateMany({
    where: { id: webhookId },
    data: {
      ...changed,
      ...(description === undefined ? {} : { description }),
      // It gets its whole time again before it is disabled.
      ...(state === undefined ? {} : { state, disabledReason: null, failingSince: null }),
    },
  });
  return webhookView(prisma, webhookId);
}

/** It gets nothing more. Its deliveries are deleted later: there may be millions. Repeating it changes nothing. */
export async function deleteWebhook({ prisma }: Managing, { webhookId }: Of<'deleteWebhook'>): Promise<Record<string, never>> {
  await prisma.$executeRaw`UPDATE webhook_endpoints SET deleted_at = clock_timestamp() WHERE id = ${webhookId}::uuid AND deleted_at IS NULL`;
  return {};
}

/** The old secret signs too for a time, so receivers can change theirs without losing an event. Throws NOT_FOUND. */
export async function rotateSecret(
  { prisma }: Managing,
  { webhookId, overlapSeconds = USUAL_OVERLAP_SECONDS }: Of<'rotateWebhookSecret'>,
): Promise<{ secret: string; previousSecretUntil: string }> {
  const secret = newSecret();
  const [row] = await prisma.$queryRaw<{ until: Date }[]>`
    UPDATE webhook_endpoints
    SET previous_secret = secret, secret = ${secret}, previous_secret_until = clock_timestamp() + make_interval(secs => ${overlapSeconds})
    WHERE id = ${webhookId}::uuid AND deleted_at IS NULL RETURNING previous_secret_until AS until`;
  if (row === undefined) throw new Problem('NOT_FOUND', 'There is no webhook with this id.');
  return { secret, previousSecretUntil: row.until.toISOString() };
}

/** A name is checked again for each connection: it may lead elsewhere by then. */
async function checkUrl(rules: AddressRules, text: string): Promise<void> {
  if (!URL.canParse(text)) throw new Problem('VALIDATION_FAILED', 'url is not a URL.');
  const url = new URL(text);
  try {
    rules.checkUrl(url);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) return;
    for (const { address } of await lookup(host, { all: true })) rules.check(address, url.protocol === 'https:');
  } catch (error) {
    if (error instanceof AddressRefused) throw new Problem('VALIDATION_FAILED', `url is refused: ${error.message}`);
    throw new Problem('VALIDATION_FAILED', `url is refused: the name ${url.hostname} could not be resolved.`);
  }
}
