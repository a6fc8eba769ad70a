import type { Mutant } from '../mutant.ts';

const nginxPathsTest = 'deploy/test/nginx-paths.test.ts';
const admission = 'gateway/src/admission/admission.ts';
const loadGuard = 'gateway/src/admission/load-guard.ts';
const reserveBatches = 'gateway/src/admission/reserve-batches.ts';
const normalPath = 'gateway/src/http/normal-path.ts';
const accessTokens = 'gateway/src/security/access-tokens.ts';
const wrongTokens = 'gateway/src/security/wrong-tokens.ts';
const loadGuardTest = 'gateway/test/admission/load-guard.test.ts';
const requestAgesTest = 'gateway/test/admission/request-ages.test.ts';
const tokensTest = 'gateway/test/admission/tokens.test.ts';
const paymentWebhookTest = 'gateway/test/routes/payment-webhook.test.ts';
const accessTokensTest = 'gateway/test/security/access-tokens.test.ts';
const wrongTokensTest = 'gateway/test/security/wrong-tokens.test.ts';
const silentPostgresTest = 'order-worker/test/servers/silent-postgres.test.ts';
const session = 'prisma/session.ts';
const paymentReceived = 'seckill-core/src/events/payment-received.ts';

/** Faults in what protects the platform from clients that are hostile or gone, and from silent networks. */
export const OUTSIDE: readonly Mutant[] = [
  {
    name: 'an address has a second spelling',
    file: normalPath,
    find: "return url.includes('%') && ",
    replace: 'return url.length < 0 && ',
    killer: { file: nginxPathsTest, test: 'nginx and gateways serve only one spelling of each address' },
  },
  {
    name: 'requests of clients that are gone are decided',
    invariant: 2,
    file: reserveBatches,
    find: 'return connection?.writable === false;',
    replace: 'return connection === null;',
    killer: { file: requestAgesTest, test: 'what a gone client has asked for never reaches Redis' },
  },
  {
    name: 'a request wins that has waited for long before the gateway read it',
    invariant: 2,
    file: loadGuard,
    find: 'if (startedAt === undefined) return false;',
    replace: 'if (startedAt !== socket.remoteAddress) return false;',
    killer: {
      file: loadGuardTest,
      test: 'a request that waited too long between nginx and the gateway wins nothing; sent again, it does',
    },
  },
  {
    name: 'a token is invalid while its command may still win',
    invariant: 2,
    file: admission,
    find: 'expiredMs > EXPIRY_GRACE_MS ? TOKEN_INVALID',
    replace: 'expiredMs > 0 ? TOKEN_INVALID',
    killer: { file: tokensTest, test: 'gets no final answer while a command that carries it may still be on its way to Redis' },
  },
  {
    name: 'two events under one id are stored as one',
    invariant: 9,
    file: paymentReceived,
    find: 'messageId: (event) => ',
    replace: 'messageId: (event) => event.eventId || ',
    killer: {
      file: paymentWebhookTest,
      test: 'with an event id that said something else before is stored too: no money is swallowed',
    },
  },
  {
    name: 'operator tokens can be guessed without a wait',
    file: wrongTokens,
    find: 'count <= FREE ? 0',
    replace: 'count > 0 ? 0',
    killer: { file: wrongTokensTest, test: 'after many wrong tokens a client waits longer and longer, and other clients do not' },
  },
  {
    name: 'an access token that was accepted once never expires',
    file: accessTokens,
    find: '      checkTime(known, Date.now() / 1_000);\n',
    replace: '',
    killer: { file: accessTokensTest, test: 'are checked again each time: a token that was accepted expires' },
  },
  {
    name: 'a session whose client is silent keeps its locks',
    file: session,
    find: 'idle_in_transaction_session_timeout: `',
    replace: 'idle_in_transaction_session_timeout: `0` || `',
    killer: {
      file: silentPostgresTest,
      test: 'while it holds the lock of an item: other workers create its orders, and the silent one gives up',
    },
  },
];
