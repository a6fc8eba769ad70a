import { createHmac, randomBytes } from 'node:crypto';
import { foreignUserIds } from 'dev/test';
import {
  newReservationId,
  PURCHASE_TOKEN_MAX_LENGTH,
  PURCHASE_TOKEN_PATTERN,
  type PurchaseClaims,
  PurchaseTokens,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';

const tokens = new PurchaseTokens('a secret of the tests');
const claims: PurchaseClaims = {
  reservationId: newReservationId('00002a'),
  userId: 'ann@example.com',
  expiresAt: 1_800_000_000,
  priority: false,
  grade: 0,
};
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('a purchase token', () => {
  test('returns the claims it was signed for', () => {
    expect(tokens.verify(tokens.sign(claims))).toEqual(claims);
    const longest = { ...claims, userId: 'é'.repeat(127), expiresAt: 0xffffffff };
    expect(tokens.sign(longest)).toHaveLength(PURCHASE_TOKEN_MAX_LENGTH - 1);
    expect(tokens.verify(tokens.sign(longest))).toEqual(longest);
    expect(tokens.verify(tokens.sign({ ...claims, userId: 'a', expiresAt: 0 }))).toMatchObject({ userId: 'a', expiresAt: 0 });
  });

  test('carries priority, which changes nothing else of it', () => {
    const [usual, first] = [tokens.sign(claims), tokens.sign({ ...claims, priority: true })];
    expect(tokens.verify(first)).toEqual({ ...claims, priority: true });
    expect(first).toMatch(new RegExp(PURCHASE_TOKEN_PATTERN));
    expect(first.slice(0, first.lastIndexOf('.')).replace('+', '.')).toBe(usual.slice(0, usual.lastIndexOf('.')));
    expect(tokens.verify(usual.replace(/^(.{45})\./, '$1+'))).toBeUndefined();
  });

  test.each([...foreignUserIds('ann'), 'x'.repeat(255), '|'.repeat(255), '🛒'.repeat(63), '!', '!YQ', '.', '\ufeffx'])(
    'carries the user id %j',
    (userId) => {
      const token = tokens.sign({ ...claims, userId });
      expect(token).toMatch(new RegExp(PURCHASE_TOKEN_PATTERN));
      expect(tokens.verify(token)).toEqual({ ...claims, userId });
    },
  );

  test('is verified even if it has expired: the caller checks the time', () => {
    expect(tokens.verify(tokens.sign({ ...claims, expiresAt: 1 }))).toMatchObject({ expiresAt: 1 });
  });

  test.each([1, 20, 63, 64, 65, 200])('is signed as createHmac does it, with a secret of %i bytes', (length) => {
    const secrets = [randomBytes(length).toString('latin1').slice(0, length), 'ü'.repeat(length), 'k'.repeat(length)];
    for (const secret of secrets) {
      const token = new PurchaseTokens(secret).sign(claims);
      const signed = token.slice(0, token.lastIndexOf('.'));
      expect(token.slice(signed.length + 1)).toBe(createHmac('sha256', secret).update(signed).digest('base64url'));
    }
  });

  test('is invalid if any character is changed', () => {
    const token = tokens.sign(claims);
    for (let at = 0; at < token.length; at += 1) {
      for (const char of `${BASE64URL}.+|\0ä`) {
        if (char === token[at]) continue;
        expect(tokens.verify(token.slice(0, at) + char + token.slice(at + 1)), `${char} at ${at}`).toBeUndefined();
      }
    }
  });

  test('is invalid with a character more or less at any place', () => {
    const token = tokens.sign(claims);
    for (let at = 0; at <= token.length; at += 1) {
      expect(tokens.verify(token.slice(0, at) + token.slice(at + 1)) === undefined || at === token.length).toBe(true);
      for (const char of ['0', '.', 'A', '=', '\n', ' ']) {
        expect(tokens.verify(token.slice(0, at) + char + token.slice(at)), `${char} at ${at}`).toBeUndefined();
      }
    }
  });

  test('is invalid if another secret signed it', () => {
    for (const other of ['', 'a secret of the test', 'a secret of the tests ', 'A secret of the tests']) {
      expect(new PurchaseTokens(other).verify(tokens.sign(claims))).toBeUndefined();
    }
  });

  test('is invalid if it is assembled from two others', () => {
    const [ann, bob] = [tokens.sign(claims), tokens.sign({ ...claims, userId: 'bob@example.com' })];
    const mac = (token: string) => token.slice(token.lastIndexOf('.'));
    expect(tokens.verify(ann.slice(0, -44) + mac(bob))).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['dots', '...'],
    ['a very long text', 'x'.repeat(1_000_000)],
    ['a user id that is too long', `${claims.reservationId}.6b49d200.${'x'.repeat(256)}.${'A'.repeat(43)}`],
    ['other letters', tokens.sign(claims).replace('ann', 'аnn')],
    ['emoji', '🎟'.repeat(40)],
    ['a lone surrogate', `\ud800${tokens.sign(claims).slice(1)}`],
  ])('is not %s', (_, text) => expect(tokens.verify(text)).toBeUndefined());

  test('is not signed for claims it cannot carry', () => {
    for (const userId of ['', 'x'.repeat(256), 'é'.repeat(128), 'a\0', '\ud800', 'x\udc00y']) {
      expect(() => tokens.sign({ ...claims, userId }), userId).toThrow(RangeError);
    }
    for (const expiresAt of [-1, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => tokens.sign({ ...claims, expiresAt }), `${expiresAt}`).toThrow(RangeError);
    }
    expect(() => tokens.sign({ ...claims, reservationId: 'x' })).toThrow(RangeError);
  });

  test('is signed correctly while another signer verifies in between', () => {
    const other = new PurchaseTokens('another secret');
    for (let i = 0; i < 1_000; i += 1) {
      const token = tokens.sign({ ...claims, expiresAt: i });
      other.verify(token);
      tokens.verify('x'.repeat(i % 150));
      expect(tokens.verify(token)?.expiresAt).toBe(i);
    }
  });
});
