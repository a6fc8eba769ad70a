import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newSecret, signedHeaders } from '../../src/webhooks/sign-webhook.ts';

const sentAt = Math.floor(Date.now() / 1_000);
const message = { id: 'paid:0192', sentAt, body: '{"userId":"李雷"}' };

test('the library of Standard Webhooks verifies a signature', () => {
  const secret = newSecret();
  const headers = signedHeaders([secret], message);
  expect(new Webhook(secret).verify(message.body, headers)).toEqual({ userId: '李雷' });
  expect(headers['webhook-signature']).toBe(new Webhook(secret).sign(message.id, new Date(sentAt * 1_000), message.body));
});

test('the library refuses another body, id, time or secret', () => {
  const secret = newSecret();
  const headers = signedHeaders([secret], message);
  const verifier = new Webhook(secret);
  expect(() => verifier.verify(message.body.replace('李', '王'), headers)).toThrow();
  expect(() => verifier.verify(message.body, { ...headers, 'webhook-id': 'paid:0193' })).toThrow();
  expect(() => verifier.verify(message.body, { ...headers, 'webhook-timestamp': String(sentAt - 1) })).toThrow();
  expect(() => new Webhook(newSecret()).verify(message.body, headers)).toThrow();
});

test('while two secrets are valid, a receiver may have either', () => {
  const secrets = [newSecret(), newSecret()];
  const headers = signedHeaders(secrets, message);
  for (const secret of secrets) expect(new Webhook(secret).verify(message.body, headers)).toEqual({ userId: '李雷' });
});
