import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AuditReport, newId, newReservationId } from 'seckill-core';

/** How it is wrong, for tests of what must notice. */
export interface Lies {
  /** Wins beyond the stock. */
  oversell: number;
  /** Winners whose order is never made. */
  loseEvery: number;
  /** Orders made for buyers who received SOLD_OUT. */
  orderForLosers: number;
  /** Cancels so long before `payBy`, ms. */
  cancelEarlyMs: number;
  /** A second click with the same token receives SOLD_OUT. */
  forgetWinners: boolean;
  /** Payments change nothing. */
  losePayments: boolean;
  /** Connections cut without an answer: every so many-th reservation, after it was carried out. */
  cutEvery: number;
  /** People win so long before the start, ms. */
  startEarlyMs: number;
  /** Tokens that were never given out are taken. */
  acceptForged: boolean;
  /** One user gets as many units as they like. */
  noLimit: boolean;
  /** Risk control ignores its rules. */
  noRules: boolean;
  /** Risk control holds honest buyers back as well. */
  holdAll: boolean;
  /** No lie: each order is made so long after the one before, ms, so that no single stall hits what follows from all of them. */
  orderEveryMs: number;
}

interface Reservation {
  userId: string;
  status: string;
  payBy: number;
  paid: boolean;
}

interface FakeRules {
  version: number;
  rules: { when: { distinctUsers: { moreThan: number } } }[];
}

const LIVE = new Set(['RESERVED', 'ORDERED', 'PAID']);

const HONEST: Lies = {
  oversell: 0,
  loseEvery: 0,
  orderForLosers: 0,
  cancelEarlyMs: 0,
  forgetWinners: false,
  losePayments: false,
  cutEvery: 0,
  startEarlyMs: 0,
  acceptForged: false,
  noLimit: false,
  noRules: false,
  holdAll: false,
  orderEveryMs: 0,
};

/** The HTTP contract in one process without servers behind it; its audit always claims to hold. */
export class FakePlatform {
  readonly #lies: Lies;
  readonly #server: Server;
  readonly #reservations = new Map<string, Reservation>();
  readonly #tokens = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #saleId = newId();
  #sale = { startsAt: 0, stock: 0, payTimeoutSeconds: 1 };
  readonly #devices = new Map<string, Set<string>>();
  #rules: FakeRules = { version: 0, rules: [] };
  #requests = 0;
  url = '';

  constructor(lies: Partial<Lies> = {}) {
    this.#lies = { ...HONEST, ...lies };
    this.#server = createServer((request, response) => void this.#serve(request, response));
    // After a stall, idle connections would be closed before the requests they carry are read.
    this.#server.keepAliveTimeout = 0;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = text === '' ? {} : JSON.parse(text);
    const user = decodeURIComponent(request.headers.authorization?.replace('Bearer ', '') ?? '');
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    const no = (status: number, code: string, retryAfterMs?: number) =>
      answer(status, { status, code, detail: code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    const path = request.url ?? '';
    const id = path.split('/')[3] ?? '';

    if (path === '/api/dev/login') return answer(201, { accessToken: encodeURIComponent(body.userId) });
    if (path === '/api/admin/sales') return answer(201, this.#create(body));
    if (path.endsWith('/publish') || path.endsWith('/close')) return answer(200, this.#adminSale());
    if (path === '/api/admin/overview') return answer(200, this.#overview());
    if (path.endsWith('/audit')) return answer(200, this.#audit());
    if (path.endsWith('/risk/rules')) return answer(200, this.#changeRules(request.method === 'PUT' ? body : this.#rules));
    if (path.endsWith('/purchase-token')) {
      const reservationId = newReservationId('00002a');
      const purchaseToken = `${reservationId}.6a000000.${user}.${newId().replaceAll('-', '')}`;
      this.#tokens.set(purchaseToken, user);
      return answer(201, { purchaseToken, reservationId, opensAt: '', expiresAt: '' });
    }
    if (path === '/api/reservations') {
      const { purchaseToken, quantity = 1, ...unknown } = body;
      const owner = this.#tokens.get(purchaseToken) ?? (this.#lies.acceptForged ? 'forger' : undefined);
      if (!Number.isInteger(quantity) || quantity < 1 || Object.keys(unknown).length > 0) return no(400, 'VALIDATION_FAILED');
      if (owner === undefined) return no(401, 'TOKEN_INVALID');
      if (this.#isHeld(owner, request.headers['x-device-id'])) return no(429, 'RATE_LIMITED', 60_000);
      const reservationId = String(purchaseToken).slice(0, 36);
      const given = this.#reserve(reservationId, owner, quantity);
      this.#requests += 1;
      if (this.#lies.cutEvery > 0 && this.#requests % this.#lies.cutEvery === 0) return void request.socket.destroy();
      if (given === 'RESERVED') return answer(202, { reservationId, status: 'RESERVED' });
      if (given === 'NOT_STARTED') return no(403, given, this.#sale.startsAt - Date.now());
      return no(409, given);
    }
    if (path.startsWith('/api/reservations/')) {
      const found = this.#reservations.get(id);
      if (found === undefined || found.userId !== user) return no(404, 'NOT_FOUND');
      return answer(200, { reservationId: id, status: found.status, ...orderOf(id, found) });
    }
    if (path === '/api/orders') return answer(200, this.#ordersOf(user));
    if (path.endsWith('/payments')) {
      if (this.#reservations.get(id)?.status !== 'ORDERED') return no(409, 'NOT_PAYABLE');
      return answer(201, { paymentId: newId(), checkoutUrl: `${this.url}/checkout/x/${id}` });
    }
    if (path.endsWith('/pay')) {
      this.#pay(id);
      return answer(200, {});
    }
    if (path.startsWith('/api/sales/')) {
      const items = [{ itemId: '00002a', title: 'x', stock: this.#sale.stock, remaining: Math.max(0, this.#left) }];
      const state = Date.now() < this.#sale.startsAt ? 'UPCOMING' : 'LIVE';
      return answer(200, { saleId: this.#saleId, state, items });
    }
    no(404, 'NOT_FOUND');
  }

  #changeRules(rules: FakeRules): FakeRules {
    this.#rules = { ...rules, version: rules.version + 1 };
    return this.#rules;
  }

  /** Knows one kind of rule: more than so many users of a device. */
  #isHeld(userId: string, device: string | string[] | undefined): boolean {
    const [rule] = this.#rules.rules;
    if (rule === undefined || device === undefined || this.#lies.noRules) return false;
    const users = this.#devices.get(String(device)) ?? new Set();
    this.#devices.set(String(device), users.add(userId));
    return this.#lies.holdAll || users.size > rule.when.distinctUsers.moreThan;
  }

  get #live(): number {
    return [...this.#reservations.values()].filter(({ status }) => LIVE.has(status)).length;
  }

  #holds(userId: string): boolean {
    return [...this.#reservations.values()].some((each) => each.userId === userId && LIVE.has(each.status));
  }

  get #left(): number {
    return this.#sale.stock - this.#live;
  }

  #create(body: { startsAt: string; payTimeoutSeconds: number; items: { stock: number }[] }) {
    this.#sale = {
      startsAt: Date.parse(body.startsAt),
      stock: body.items[0]?.stock ?? 0,
      payTimeoutSeconds: body.payTimeoutSeconds,
    };
    return this.#adminSale();
  }

  #adminSale() {
    const { startsAt, stock } = this.#sale;
    return { saleId: this.#saleId, startsAt: new Date(startsAt).toISOString(), items: [{ itemId: '00002a', stock }] };
  }

  #reserve(reservationId: string, userId: string, quantity: number): string {
    if (this.#reservations.has(reservationId)) return this.#lies.forgetWinners ? 'SOLD_OUT' : 'RESERVED';
    if (Date.now() < this.#sale.startsAt - this.#lies.startEarlyMs) return 'NOT_STARTED';
    if (!this.#lies.noLimit && (quantity > 1 || this.#holds(userId))) return 'LIMIT_REACHED';
    if (this.#left + this.#lies.oversell <= 0) {
      if (this.#lies.orderForLosers > 0) {
        this.#lies.orderForLosers -= 1;
        this.#win(reservationId, userId);
      }
      return 'SOLD_OUT';
    }
    this.#win(reservationId, userId);
    return 'RESERVED';
  }

  #win(reservationId: string, userId: string): void {
    const reservation = { userId, status: 'RESERVED', payBy: 0, paid: false };
    this.#reservations.set(reservationId, reservation);
    const { loseEvery, cancelEarlyMs, orderEveryMs } = this.#lies;
    if (loseEvery > 0 && this.#reservations.size % loseEvery === 0) return;
    this.#after(20 + this.#reservations.size * orderEveryMs, () => {
      const timeoutMs = this.#sale.payTimeoutSeconds * 1000;
      reservation.status = 'ORDERED';
      reservation.payBy = Date.now() + timeoutMs;
      this.#after(timeoutMs - cancelEarlyMs, () => {
        if (reservation.status === 'ORDERED') reservation.status = 'CANCELLED';
      });
    });
  }

  #pay(id: string): void {
    const reservation = this.#reservations.get(id);
    if (reservation === undefined || this.#lies.losePayments) return;
    reservation.paid = true;
    if (reservation.status === 'ORDERED') reservation.status = 'PAID';
    if (reservation.status === 'CANCELLED') reservation.status = 'REFUNDED';
  }

  #ordersOf(user: string) {
    return [...this.#reservations].flatMap(([id, reservation]) =>
      reservation.userId === user && reservation.payBy > 0
        ? [{ orderId: id, itemId: '00002a', quantity: 1, status: reservation.status }]
        : [],
    );
  }

  #overview() {
    const made = [...this.#reservations.values()].filter(({ payBy }) => payBy > 0);
    const count = (status: string) => made.filter((each) => each.status === status).length;
    const orders = {
      pendingPayment: count('ORDERED'),
      paid: count('PAID'),
      cancelled: count('CANCELLED'),
      refunded: count('REFUNDED'),
      rejected: 0,
    };
    return {
      serverTime: new Date().toISOString(),
      sales: [{ saleId: this.#saleId, left: Math.max(0, this.#left), outbox: 0, orders }],
      queues: [],
      deadLetters: 0,
    };
  }

  #audit(): AuditReport {
    const checks = [{ name: 'The platform says so', holds: true, detail: '' }];
    const stockLeft = Math.max(0, this.#left);
    return { saleId: this.#saleId, holds: true, oversold: 0, lost: 0, duplicated: 0, stockLeft, drift: 0, checks };
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}

function orderOf(orderId: string, { payBy }: Reservation) {
  if (payBy === 0) return {};
  return { order: { orderId, amountCents: 100, currency: 'EUR', payBy: new Date(payBy).toISOString() } };
}
