import type { Mutant } from '../mutant.ts';

const locations = 'deploy/nginx/locations.conf';
const nginxLimitsTest = 'deploy/test/nginx-limits.test.ts';
const admission = 'gateway/src/admission/admission.ts';
const loadGuard = 'gateway/src/admission/load-guard.ts';
const reserveBatches = 'gateway/src/admission/reserve-batches.ts';
const settlement = 'gateway/src/admission/settlement.ts';
const winnerAnnouncements = 'gateway/src/admission/winner-announcements.ts';
const itemMemory = 'gateway/src/catalogue/item-memory.ts';
const webhook = 'gateway/src/routes/payments/webhook.ts';
const purchaseToken = 'gateway/src/routes/sales/purchase-token.ts';
const loadGuardTest = 'gateway/test/admission/load-guard.test.ts';
const severalGatewaysTest = 'gateway/test/admission/several-gateways.test.ts';
const itemMemoryTest = 'gateway/test/catalogue/item-memory.test.ts';
const outagesTest = 'gateway/test/links/outages.test.ts';
const paymentWebhookTest = 'gateway/test/routes/payment-webhook.test.ts';
const reserveTest = 'gateway/test/routes/reserve.test.ts';
const lightPathTest = 'order-worker/test/crash/light-path.test.ts';
const salesMemory = 'gateway/src/catalogue/sales-memory.ts';

/** Faults in the gateway. */
export const GATEWAY: readonly Mutant[] = [
  {
    name: 'the gateway names no progress',
    invariant: 8,
    file: reserveBatches,
    find: 'progressSeen: item.progress',
    replace: 'progressSeen: 0',
    killer: {
      file: outagesTest,
      test: 'back at an older copy of its data under the same run id: closed at once, and sold again after a rebuild',
    },
  },
  {
    name: 'the gateway clears the outbox before it publishes',
    invariant: 2,
    file: winnerAnnouncements,
    find: '    return send(publisher, stockReserved, message).then(',
    replace: '    this.#outbox.add(message.itemId, message.winners);\n    return send(publisher, stockReserved, message).then(',
    killer: {
      file: outagesTest,
      test: 'frozen: the first winner waits about a second, the next ones do not, and all reach the stream',
    },
  },
  {
    name: 'the gateway keeps no winner whose message was refused',
    invariant: 2,
    file: winnerAnnouncements,
    find: 'if (!stored) this.#keep(message);',
    replace: '',
    killer: { file: outagesTest, test: 'full: a refused winner is kept and published again once there is room' },
  },
  {
    name: 'the gateway keeps no winner while NATS is away',
    invariant: 2,
    file: winnerAnnouncements,
    find: '      this.#keep(message);\n      answered();',
    replace: '      answered();',
    killer: { file: outagesTest, test: 'away, and then Redis loses everything: no winner is lost while the gateway runs' },
  },
  {
    name: 'a winner whose message is stored stays in the outbox',
    invariant: 2,
    file: winnerAnnouncements,
    find: '        this.#outbox.add(message.itemId, message.winners);\n        this.#note(true);',
    replace: '        this.#note(true);',
    killer: { file: outagesTest, test: 'away: winners get 202, wait in the outbox, and reach the stream when NATS is back' },
  },
  {
    name: 'memory says sold out to a token that may have won',
    invariant: 2,
    file: itemMemory,
    find: ' && this.#winners?.mayHave(reservationId) === false',
    replace: '',
    killer: { file: itemMemoryTest, test: 'is never the answer to a token that may have won' },
  },
  {
    name: 'a user who hammers makes a winner wait',
    file: itemMemory,
    find: 'if (waitMs === 0 || this.mayHaveWon(reservationId)) return undefined;',
    replace: 'if (waitMs === 0) return undefined;',
    killer: { file: itemMemoryTest, test: 'a token that may have won is never refused for trying too often' },
  },
  {
    name: 'who comes before their appointment takes the turn of another',
    file: 'gateway/src/catalogue/turns.ts',
    find: 'if (earlyMs > EARLY_MS) {',
    replace: 'if (earlyMs > EARLY_MS * 1e9) {',
    killer: {
      file: itemMemoryTest,
      test: 'a user who comes before their time gets the rest of the wait, with another token too',
    },
  },
  {
    name: 'waiting buyers return as often as they like',
    file: 'gateway/src/catalogue/appointments.ts',
    find: 'const LONGEST_MS = 30_000;',
    replace: 'const LONGEST_MS = 2_000;',
    killer: {
      file: 'gateway/test/catalogue/appointments.test.ts',
      test: 'a hundred thousand waiting buyers make a few thousand requests a second, use the bucket, and none starves',
    },
  },
  {
    name: 'memory believes sold out before it knows the winners',
    invariant: 2,
    file: itemMemory,
    find: 'isWanted && isComplete ?',
    replace: 'isWanted ?',
    killer: { file: itemMemoryTest, test: 'is not believed before the winners are known' },
  },
  {
    name: 'memory believes sold out for ever',
    invariant: 2,
    file: itemMemory,
    find: 'sentAt + SOLD_OUT_LEASE_MS',
    replace: 'Number.POSITIVE_INFINITY',
    killer: { file: itemMemoryTest, test: 'is believed from the moment the request was sent, for the length of the lease' },
  },
  {
    name: 'memory forgets that the stock is unknown',
    invariant: 8,
    file: itemMemory,
    find: '    this.left = undefined;\n    this.doubt();',
    replace: '    this.left = undefined;',
    killer: {
      file: itemMemoryTest,
      test: 'is forgotten at once when units are back, when the stock is unknown, and on any doubt',
    },
  },
  {
    name: 'an expired token wins',
    invariant: 3,
    file: admission,
    find: 'const expiredMs = time - claims.expiresAt * 1_000;',
    replace: 'const expiredMs = -1;',
    killer: { file: reserveTest, test: 'an expired, foreign or altered token: TOKEN_INVALID, and no unit is taken' },
  },
  {
    name: 'a winner whose sale is not in memory hears that the token is invalid',
    invariant: 2,
    file: admission,
    find: '> PAST_MS ? TOKEN_INVALID : unavailable()',
    replace: '> PAST_MS ? TOKEN_INVALID : TOKEN_INVALID',
    killer: {
      file: reserveTest,
      test: 'a valid token for a sale that neither Redis nor memory has: UNAVAILABLE, not TOKEN_INVALID',
    },
  },
  {
    name: 'requests that waited while the gateway stalled are decided',
    invariant: 2,
    file: loadGuard,
    find: ' || this.#isStale',
    replace: '',
    killer: {
      file: loadGuardTest,
      test: 'requests that waited while the gateway stalled are not decided: their buyers may have a "no" from another gateway',
    },
  },
  {
    name: 'an item that sells out is not announced',
    invariant: 2,
    file: settlement,
    find: 'if (won.length > 0 && result.left === 0)',
    replace: 'if (won.length > 0 && result.left === -1)',
    killer: {
      file: severalGatewaysTest,
      test: 'sold out on one gateway is known on the other at once, and a winner gets their reservation there too',
    },
  },
  {
    name: 'a webhook is accepted without a signature',
    invariant: 9,
    file: webhook,
    find: "if (!isSigned(secrets, header, body, now)) throw new Problem('SIGNATURE_INVALID');",
    replace: '',
    killer: { file: paymentWebhookTest, test: 'a wrong signature: SIGNATURE_INVALID, and nothing is stored' },
  },
  {
    name: 'a webhook that is sent again is stored again',
    invariant: 9,
    file: webhook,
    find: 'await send(nats.publisher, paymentReceived, stored);',
    replace: 'await send(nats.publisher, paymentReceived, stored, String(Math.random()));',
    killer: { file: paymentWebhookTest, test: 'gets 200 once JetStream has the event, and counts once however often it is sent' },
  },
  {
    name: 'a gateway that dies has answered for an event that is not stored',
    invariant: 9,
    file: webhook,
    find: 'await send(nats.publisher, paymentReceived, stored);',
    replace: 'setTimeout(() => nats.publisher && void send(nats.publisher, paymentReceived, stored), 50);',
    killer: { file: lightPathTest, test: "a payment's webhook" },
  },
  {
    name: 'an overloaded gateway gives out tokens',
    invariant: 9,
    file: purchaseToken,
    find: 'if (admission.load.isOverloaded) throw',
    replace: 'if (false) throw',
    killer: { file: loadGuardTest, test: 'an overloaded gateway gives out no tokens, but still accepts payment results' },
  },
  {
    name: 'nginx limits webhooks like any call',
    invariant: 9,
    file: locations,
    find: 'limit_req zone=webhook_calls burst=2000 nodelay;',
    replace: 'limit_req zone=operator_calls burst=20 nodelay;',
    killer: { file: nginxLimitsTest, test: "never turn a payment provider's webhook away" },
  },

  {
    name: 'a gateway forgets its sales when Redis is empty',
    invariant: 8,
    file: salesMemory,
    find: '      for (const sale of sales) this.#take(sale);',
    replace: '      if (sales.length === 0) this.#sales.clear();\n      for (const sale of sales) this.#take(sale);',
    killer: { file: outagesTest, test: 'empty: the gateway keeps the sales in memory, and no buyer wins' },
  },
  {
    name: 'a gateway answers each worker that asks for its open pages',
    file: 'gateway/src/push/page-announcements.ts',
    find: 'this.#answer ??= setTimeout',
    replace: 'this.#answer = setTimeout',
    killer: {
      file: 'gateway/test/push/reservation-live.test.ts',
      test: 'workers that ask learn of all open pages at once, and many that ask at the same time get one answer',
    },
  },
  {
    name: 'a page that opens while its order changes keeps the old state',
    file: 'gateway/src/push/buyer-channels.ts',
    find: 'this.#youngBefore = this.#young;',
    replace: '',
    killer: {
      file: 'gateway/test/push/reservation-live.test.ts',
      test: 'a change that no worker pushed is in the stream soon, because the page may have opened too late for it',
    },
  },
];
