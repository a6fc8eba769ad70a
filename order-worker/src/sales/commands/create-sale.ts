import { randomBytes } from 'node:crypto';
import { type AdminSale, type CreateSale, isCurrency, newId, Problem } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { adminSale, withItems } from '../sale-views.ts';

/** The defaults of the API schema, for callers that leave these fields out. */
const DEFAULTS = { tokenLeadSeconds: 300, limitPerUser: 1, priority: false };

/** Creates a draft. `configured` are the payment providers that it may offer. Throws VALIDATION_FAILED. */
export async function createSale(
  { prisma, clock }: Pick<WorkerContext, 'prisma' | 'clock'>,
  request: CreateSale,
  configured: readonly string[],
): Promise<AdminSale> {
  const startsAt = instant('startsAt', request.startsAt);
  const endsAt = instant('endsAt', request.endsAt);
  if (endsAt <= startsAt) throw new Problem('VALIDATION_FAILED', 'endsAt must be after startsAt.');
  for (const [i, { currency }] of request.items.entries()) {
    if (isCurrency(currency)) continue;
    const detail = `items.${i}.currency is "${currency}", which is no currency of ISO 4217 that is in use. Examples: EUR, CNY, JPY`;
    throw new Problem('VALIDATION_FAILED', detail);
  }
  for (const [i, name] of (request.paymentProviders ?? []).entries()) {
    if (configured.includes(name)) continue;
    const detail = `paymentProviders.${i} is "${name}", which is not configured. PAYMENT_PROVIDERS names ${configured.join(', ')}`;
    throw new Problem('VALIDATION_FAILED', detail);
  }
  const sale = await prisma.sale.create({
    data: {
      id: newId(),
      title: request.title,
      startsAt,
      endsAt,
      payTimeoutSeconds: request.payTimeoutSeconds,
      tokenLeadSeconds: request.tokenLeadSeconds ?? DEFAULTS.tokenLeadSeconds,
      ratePerSecond: request.rateLimit.ratePerSecond,
      burst: request.rateLimit.burst,
      priority: request.priority ?? DEFAULTS.priority,
      ...roomColumns(request, startsAt),
      paymentProviders: request.paymentProviders ?? [],
      items: {
        create: request.items.map((item, position) => ({
          position,
          title: item.title,
          priceCents: item.priceCents,
          currency: item.currency,
          stock: item.stock,
          limitPerUser: item.limitPerUser ?? DEFAULTS.limitPerUser,
        })),
      },
    },
    include: withItems,
  });
  return adminSale(sale, clock.now());
}

const SEED_BYTES = 32;

/** Checks what belongs together. Throws VALIDATION_FAILED. */
function roomColumns(
  { admission = 'open', waitingRoom }: Pick<CreateSale, 'admission' | 'waitingRoom'>,
  startsAt: Date,
): Pick<Prisma.SaleCreateInput, 'admission' | 'waitingRoom' | 'drawSeed'> {
  if (admission === 'open') {
    if (waitingRoom === undefined) return {};
    throw new Problem('VALIDATION_FAILED', 'waitingRoom is given, but admission is not "queue" or "draw".');
  }
  const { entriesUntil, claimSeconds, staleSeconds } = waitingRoom ?? {};
  if (entriesUntil !== undefined && admission === 'queue')
    throw new Problem(
      'VALIDATION_FAILED',
      'waitingRoom.entriesUntil is for a draw. The people of a queue are shuffled at the start.',
    );
  if (entriesUntil !== undefined && instant('waitingRoom.entriesUntil', entriesUntil) > startsAt)
    throw new Problem('VALIDATION_FAILED', 'waitingRoom.entriesUntil must not be after startsAt.');
  if (staleSeconds !== undefined && claimSeconds !== undefined && staleSeconds > claimSeconds)
    throw new Problem('VALIDATION_FAILED', 'waitingRoom.staleSeconds must not be more than claimSeconds.');
  const seed = randomBytes(SEED_BYTES).toString('hex');
  return { admission: admission === 'queue' ? 'QUEUE' : 'DRAW', waitingRoom: waitingRoom ?? {}, drawSeed: seed };
}

function instant(field: string, text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    throw new Problem('VALIDATION_FAILED', `${field} is "${text}", which is not a time. Example: 2030-01-31T12:00:00Z`);
  }
  return date;
}
