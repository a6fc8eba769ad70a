import { LIVE_RESERVATION, type OrderStatus, type ReservationStatus } from 'seckill-core';
import type { SaleBooks } from './sale-books.ts';

export type Answer = 'RESERVED' | 'SOLD_OUT' | 'LIMIT_REACHED';
type Fate = 'none' | 'REJECTED' | OrderStatus;

export interface ModelItem {
  itemId: string;
  stock: number;
  limitPerUser: number;
  priceCents: number;
}

interface Payment {
  received: boolean;
  declined: boolean;
  /** The provider took the money before it was asked to close the checkout, and says so. */
  inTime: boolean;
}

/** A token that a buyer has used. */
interface Reservation {
  id: string;
  item: ModelItem;
  userId: string;
  quantity: number;
  won: boolean;
  /** At the last rest. */
  fate: Fate;
  payments: Map<string, Payment>;
  /** Since the last rest: something ended it, and its buyer was told that their cancel did. */
  ended: boolean;
  toldCancelled: boolean;
}

const RESERVATION_OF: Readonly<Record<Exclude<Fate, 'none'>, ReservationStatus>> = {
  PENDING_PAYMENT: 'ORDERED',
  PAID: 'PAID',
  CANCELLED: 'CANCELLED',
  REFUNDED: 'REFUNDED',
  REJECTED: 'REJECTED',
};
const EVENTS_OF: Readonly<Record<Exclude<Fate, 'none'>, readonly string[]>> = {
  PENDING_PAYMENT: ['created'],
  PAID: ['created', 'paid'],
  CANCELLED: ['cancelled', 'created'],
  REFUNDED: ['cancelled', 'created', 'refunded'],
  REJECTED: ['rejected'],
};

/**
 * What the books of a sale may contain, derived from what people did and were answered, as simply as possible: the model knows no processes, crashes
 * or redeliveries. If things happened at the same moment, more than one outcome is right. The model reads which one from the order's state,
 * and everything else must follow from it.
 */
export class BooksModel {
  readonly #items: ReadonlyMap<string, ModelItem>;
  readonly #reservations = new Map<string, Reservation>();
  /** Answers of "no" since the last rest. */
  #refusals: { reservation: Reservation; answer: Answer }[] = [];
  #forgot = false;
  /** Wrong answers. */
  readonly complaints: string[] = [];

  constructor(items: readonly ModelItem[]) {
    this.#items = new Map(items.map((item) => [item.itemId, item]));
  }

  tries(id: string, { itemId, userId, quantity }: { itemId: string; userId: string; quantity: number }): void {
    const item = this.#items.get(itemId);
    if (item === undefined) throw new Error(`There is no item ${itemId}.`);
    const fresh = { won: false, fate: 'none', ended: false, toldCancelled: false } as const;
    this.#reservations.set(id, { ...fresh, id, item, userId, quantity, payments: new Map() });
  }

  answers(id: string, answer: Answer): void {
    const reservation = this.#of(id);
    if (answer === 'RESERVED') reservation.won = true;
    else if (reservation.won) this.complaints.push(`${id} had won, and was answered ${answer}`);
    else this.#refusals.push({ reservation, answer });
  }

  begins(id: string, paymentId: string): void {
    const { payments } = this.#of(id);
    if (!payments.has(paymentId)) payments.set(paymentId, { received: false, declined: false, inTime: false });
  }

  /** The provider has the money, or says that it could not get it. With `inTime`, it took none for a closed checkout. */
  provider(id: string, paymentId: string, says: 'payment.succeeded' | 'payment.failed', inTime: boolean): void {
    const payment = this.#of(id).payments.get(paymentId);
    if (payment === undefined) throw new Error(`${paymentId} was never begun.`);
    if (says === 'payment.succeeded') Object.assign(payment, { received: true, inTime: payment.inTime || inTime });
    else payment.declined = true;
  }

  hasWon(id: string): boolean {
    return this.#of(id).won;
  }

  declined(id: string): string[] {
    return [...this.#of(id).payments].filter(([, { declined }]) => declined).map(([paymentId]) => paymentId);
  }

  received(id: string): string[] {
    return [...this.#of(id).payments].filter(([, { received }]) => received).map(([paymentId]) => paymentId);
  }

  /** Its buyer requests the cancel and learns whether it succeeded. */
  cancels(id: string, told: 'CANCELLED' | 'NOT_CANCELLABLE'): void {
    const reservation = this.#of(id);
    reservation.ended = true;
    if (told === 'CANCELLED') reservation.toldCancelled = true;
  }

  timesOut(id: string): void {
    this.#of(id).ended = true;
  }

  /** Redis has lost its memory: what it gives away until it is rebuilt may be too much. */
  redisForgets(): void {
    this.#forgot = true;
  }

  /** Returns the expected books at rest; equal to `seen` if those are right. */
  expected(seen: SaleBooks): SaleBooks {
    const all = [...this.#reservations.values()].map((reservation) => ({ ...reservation, fate: this.#fate(reservation, seen) }));
    const known = all.filter((each): each is typeof each & { fate: Exclude<Fate, 'none'> } => each.fate !== 'none');
    const orders = known.filter(({ fate }) => fate !== 'REJECTED');
    const live = known.filter(({ fate }) => LIVE_RESERVATION.has(RESERVATION_OF[fate]));
    const units = (those: readonly Reservation[]) => those.reduce((sum, each) => sum + each.quantity, 0);
    const held: Record<string, number> = {};
    for (const { item, userId, quantity } of live) {
      held[`${item.itemId} ${userId}`] = (held[`${item.itemId} ${userId}`] ?? 0) + quantity;
    }
    const events = Object.fromEntries(known.map(({ id, fate }) => [id, EVENTS_OF[fate]]));
    const counts: Record<string, number> = {};
    for (const name of Object.values(events).flat()) counts[name] = (counts[name] ?? 0) + 1;
    const payments = Object.fromEntries(all.flatMap((each) => [...this.#payments(each, seen)]));
    const refunded = Object.keys(payments).filter((paymentId) => payments[paymentId] === 'REFUNDED');
    const paid = orders.filter(({ fate }) => fate === 'PAID');
    const keptCents = paid.reduce((sum, { item, quantity }) => sum + item.priceCents * quantity, 0);
    return {
      orders: Object.fromEntries(orders.map(({ id, fate }) => [id, fate])),
      rejections: known
        .filter(({ fate }) => fate === 'REJECTED')
        .map(({ id }) => id)
        .toSorted(),
      reservations: Object.fromEntries(known.map(({ id, fate }) => [id, RESERVATION_OF[fate]])),
      items: Object.fromEntries(
        [...this.#items.values()].map(({ itemId, stock }) => {
          const sold = units(live.filter(({ item }) => item.itemId === itemId));
          return [itemId, { sold, live: sold, stock, outbox: 0 }];
        }),
      ),
      held,
      events,
      statistics: { ...counts, ...(keptCents === 0 ? {} : { EUR: keptCents }) },
      payments,
      refunds: refunded.toSorted(),
      givenBack: refunded.toSorted(),
      keptCents,
    };
  }

  /** The books were as {@link expected}; the next burst begins from here. Returns the wrong answers since the last rest. */
  settle(seen: SaleBooks): string[] {
    const unfounded = this.#refusals.filter((refusal) => !this.#isFounded(refusal));
    for (const reservation of this.#reservations.values()) {
      reservation.fate = this.#fate(reservation, seen) as Fate;
      reservation.ended = false;
      reservation.toldCancelled = false;
    }
    this.#refusals = [];
    this.#forgot = false;
    return [
      ...this.complaints,
      ...unfounded.map(({ reservation, answer }) => `${reservation.id} received ${answer} without a reason`),
    ];
  }

  #of(id: string): Reservation {
    const reservation = this.#reservations.get(id);
    if (reservation === undefined) throw new Error(`No buyer has used the token ${id}.`);
    return reservation;
  }

  /** The fate in the books if it is allowed; otherwise all allowed ones, in words. */
  #fate(reservation: Reservation, { orders, rejections }: SaleBooks): Fate {
    const { id } = reservation;
    const seen = orders[id] ?? (rejections.includes(id) ? 'REJECTED' : 'none');
    const allowed = this.#allowed(reservation);
    return (allowed as readonly string[]).includes(seen) ? (seen as Fate) : (allowed.join(' or ') as Fate);
  }

  #allowed(reservation: Reservation): readonly Fate[] {
    const { fate, won, ended, toldCancelled } = reservation;
    const received = this.received(reservation.id).length > 0;
    if (fate === 'CANCELLED') return [received ? 'REFUNDED' : 'CANCELLED'];
    if (fate === 'none' && !won) return ['none'];
    if (fate !== 'none' && fate !== 'PENDING_PAYMENT') return [fate];
    const rejected: readonly Fate[] = fate === 'none' && this.#forgot ? ['REJECTED'] : [];
    if (!ended) return [received ? 'PAID' : 'PENDING_PAYMENT', ...rejected];
    if (!received) return ['CANCELLED'];
    if ([...reservation.payments.values()].some(({ inTime }) => inTime)) return ['PAID'];
    return toldCancelled ? ['REFUNDED'] : ['PAID', 'REFUNDED'];
  }

  /** If the order is PAID, one of the payments received for it is kept; all others are refunded. */
  #payments({ payments, fate }: Reservation, seen: SaleBooks): Map<string, string> {
    const received = [...payments].filter(([, payment]) => payment.received).map(([paymentId]) => paymentId);
    const kept =
      fate === 'PAID' ? (received.find((paymentId) => seen.payments[paymentId] === 'SUCCEEDED') ?? received[0]) : undefined;
    return new Map(
      Array.from(payments, ([paymentId, payment]) => {
        if (payment.received) return [paymentId, paymentId === kept ? 'SUCCEEDED' : 'REFUNDED'];
        if (payment.declined) return [paymentId, 'FAILED'];
        // Of an order that was to be cancelled, the checkout may have been closed before the provider said that another one is paid.
        const mayBe = fate === 'PENDING_PAYMENT' ? ['CREATED'] : fate === 'PAID' ? ['CREATED', 'CLOSED'] : ['CLOSED'];
        return [paymentId, mayBe.find((status) => status === seen.payments[paymentId]) ?? mayBe.join(' or ')];
      }),
    );
  }

  /**
   * "No" is right if too few units remained, counting every win since the last rest and no return. If Redis forgot its data, a win may have been
   * lost before its buyer learned of it, so every try counts.
   */
  #isFounded({ reservation: { item, userId, quantity }, answer }: { reservation: Reservation; answer: Answer }): boolean {
    const holders = [...this.#reservations.values()].filter(
      (each) =>
        each.item === item &&
        (each.fate === 'none' ? each.won || this.#forgot : each.fate === 'PENDING_PAYMENT' || each.fate === 'PAID'),
    );
    const units = (those: readonly Reservation[]) => those.reduce((sum, each) => sum + each.quantity, 0);
    if (answer === 'SOLD_OUT') return units(holders) + quantity > item.stock;
    return units(holders.filter((each) => each.userId === userId)) + quantity > item.limitPerUser;
  }
}
