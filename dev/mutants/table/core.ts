import type { Mutant } from '../mutant.ts';

const paymentWebhookTest = 'gateway/test/routes/payment-webhook.test.ts';
const rollingRestartTest = 'loadtest/test/rolling-restart.test.ts';
const orderEventsTest = 'seckill-core/test/bus/order-events.test.ts';
const createOrdersTest = 'order-worker/test/orders/create-orders.test.ts';
const batchConsumer = 'seckill-core/src/bus/consume/batch-consumer.ts';
const publisher = 'seckill-core/src/bus/publisher.ts';
const purchaseToken = 'seckill-core/src/domain/purchase-token.ts';
const webhookSignature = 'seckill-core/src/domain/webhook-signature.ts';
const batchConsumerFailuresTest = 'seckill-core/test/bus/batch-consumer-failures.test.ts';
const batchConsumerLifetimeTest = 'seckill-core/test/bus/batch-consumer-lifetime.test.ts';
const batchConsumerValuesTest = 'seckill-core/test/bus/batch-consumer-values.test.ts';
const eventsTest = 'seckill-core/test/bus/events.test.ts';
const badMessagesTest = 'order-worker/test/orders/bad-messages.test.ts';
const heldMessage = 'seckill-core/src/bus/consume/held-message.ts';
const stockReserved = 'seckill-core/src/events/stock-reserved.ts';
const publisherTest = 'seckill-core/test/bus/publisher.test.ts';
const purchaseTokenTest = 'seckill-core/test/domain/purchase-token.test.ts';
const orderEventMessages = 'seckill-core/src/bus/order-event-messages.ts';
const runId = 'seckill-core/src/stock/run-id.ts';
const redisSaysNoTest = 'gateway/test/links/redis-says-no.test.ts';

/** Faults in what the gateway and the worker share. */
export const CORE: readonly Mutant[] = [
  {
    name: 'a changed token is valid',
    invariant: 3,
    file: purchaseToken,
    find: 'return timingSafeEqual(this.#expected, mac);',
    replace: 'return true;',
    killer: { file: purchaseTokenTest, test: 'is invalid if any character is changed' },
  },
  {
    name: 'a signature of a webhook never grows old',
    invariant: 9,
    file: webhookSignature,
    find: '  if (Math.abs(now - Number(time)) > SIGNATURE_TOLERANCE_SECONDS) return false;\n',
    replace: '',
    killer: { file: paymentWebhookTest, test: 'the tolerance is 300 s, either way' },
  },
  {
    name: "a webhook's signature is not compared",
    invariant: 9,
    file: webhookSignature,
    find: 'return secrets.some((secret) =>\n',
    replace: 'return given.length > 0 || secrets.some((secret) =>\n',
    killer: { file: paymentWebhookTest, test: 'a wrong signature: SIGNATURE_INVALID, and nothing is stored' },
  },
  {
    name: 'a message that a stream refused counts as stored',
    invariant: 2,
    file: publisher,
    find: 'else if (ack.error !== undefined) {',
    replace: 'else if (ack.error?.code === -1) {',
    killer: { file: publisherTest, test: 'that a full stream rejects is refused, with the reason and code of the server' },
  },
  {
    name: 'a batch is acknowledged before it is handled',
    invariant: 2,
    file: batchConsumer,
    find: '    for (const held of part) held.tryAgain();',
    replace: '    for (const held of part) held.of.message.ack();',
    killer: { file: createOrdersTest, test: 'whose worker died after the commit is finished by its redelivery' },
  },
  {
    name: 'a consumer that stops keeps the messages it holds',
    invariant: 2,
    file: batchConsumer,
    find: '    this.#handBack(this.#arrived.splice(0));',
    replace: '',
    killer: { file: batchConsumerLifetimeTest, test: 'finishes the current batch and hands the rest back at once' },
  },
  {
    name: 'a message that is held for long is redelivered',
    invariant: 2,
    file: batchConsumer,
    find: 'message.working()',
    replace: 'message.seq',
    killer: {
      file: batchConsumerLifetimeTest,
      test: 'messages held longer than the ack wait, in a batch or waiting for one, are not redelivered',
    },
  },
  {
    name: 'messages become dead letters while a server is away',
    invariant: 2,
    file: batchConsumer,
    find: 'if (error instanceof HandlerHangs) return this.#handBack(left, retryDelay(3));',
    replace: 'if (tries > 2) return void (await Promise.all(left.map((held) => this.#bury(held, reasonOf(error)))));',
    killer: {
      file: batchConsumerFailuresTest,
      test: 'the batch is held and retried, nothing is lost or becomes a dead letter, and the outage is logged once',
    },
  },
  {
    name: 'a message is terminated before its dead letter is stored',
    invariant: 2,
    file: batchConsumer,
    find: '      await send(publisher, deadLetter, letter);',
    replace: '      held.of.message.ack();\n      await send(publisher, deadLetter, letter);',
    killer: { file: batchConsumerFailuresTest, test: 'a message whose dead letter cannot be stored is redelivered until it can' },
  },
  {
    name: 'a message is acknowledged when one of its values is handled',
    invariant: 2,
    file: heldMessage,
    find: 'return this.#unsettled === 0;',
    replace: 'return true;',
    killer: {
      file: batchConsumerValuesTest,
      test: 'the values of a message are handled in batches, and it is acknowledged once all of them are',
    },
  },
  {
    name: 'a value that must come again is acknowledged with its message',
    invariant: 2,
    file: heldMessage,
    find: 'if (againMs !== undefined) this.#againMs',
    replace: 'if (againMs === -1) this.#againMs',
    killer: {
      file: batchConsumerValuesTest,
      test: 'a value that fails alone is retried with its message, and then goes to the dead letters alone',
    },
  },
  {
    name: 'a bad winner takes the others of the message along',
    invariant: 2,
    file: stockReserved,
    find: 'if (!(error instanceof MalformedMessage)) throw error;\n      parts',
    replace: 'if (error !== undefined) throw error;\n      parts',
    killer: {
      file: badMessagesTest,
      test: 'a message of 200 winners, of which two cannot have an order: those two are dead letters, and the others get their orders',
    },
  },
  {
    name: 'the winners of an earlier version are not read',
    invariant: 2,
    file: stockReserved,
    find: "!('winners' in message)",
    replace: "'win' in message",
    killer: { file: createOrdersTest, test: 'from a gateway of an earlier version, one win a message, become orders' },
  },
  {
    name: 'two groups of winners have one id',
    invariant: 2,
    file: stockReserved,
    find: "hash('sha1', ids)",
    replace: 'ids.slice(0, 36)',
    killer: { file: eventsTest, test: 'has an id that depends on its winners and on nothing else' },
  },
  {
    name: 'a consumer never stops',
    invariant: 2,
    file: batchConsumer,
    find: '    await this.#running;',
    replace: '    await new Promise(() => undefined);',
    killer: {
      file: rollingRestartTest,
      test: 'every gateway and worker is restarted, one after another, under load: each stops within 10 s, and no accepted buyer is lost',
    },
  },

  {
    name: 'a message of events has another id each time',
    file: orderEventMessages,
    find: "hash('sha1', ids.join())",
    replace: 'Math.random()',
    killer: { file: orderEventsTest, test: 'the same events make the same messages, in whatever order they come' },
  },

  {
    name: 'the run id does not name the history of the data',
    invariant: 8,
    file: runId,
    find: 'history.slice(0, LENGTH)',
    replace: 'history.slice(0, 0)',
    killer: {
      file: redisSaysNoTest,
      test: 'a promotion during which the connection stays open is another run id, and no win is missed before a gateway sees it',
    },
  },
];
