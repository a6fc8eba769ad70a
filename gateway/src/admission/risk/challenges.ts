import { hash } from 'node:crypto';
import { type Challenge, createChallenge, randomInt, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { type Difficulty, IsoTime } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { TwoGenerations } from '../../catalogue/two-generations.ts';

/** A browser runs PBKDF2 in native code, so its buyer is not slower than a bot on the same machine. A thousand rounds take about 0.35 ms. */
const ALGORITHM = 'PBKDF2/SHA-256';
const ROUNDS = 1_000;
/** How many keys a client derives, least and most: about 0.2, 1 and 5 s on a laptop. */
const TRIES = { 1: [400, 800], 2: [2_000, 4_000], 3: [10_000, 20_000] } as const;
/** Without a solution, a token is served after this time: for those whose browser cannot compute. */
const WAIT_SECONDS = { 1: 10, 2: 20, 3: 40 } as const;

const Parameters = Type.Object({
  algorithm: Type.String(),
  cost: Type.Integer(),
  data: Type.Object({ reservationId: Type.String() }),
  expiresAt: Type.Integer({ description: 'Unix seconds' }),
  keyLength: Type.Integer(),
  keyPrefix: Type.String(),
  keySignature: Type.String(),
  nonce: Type.String(),
  salt: Type.String(),
});

/** A challenge of ALTCHA, version 2, for the client that got a purchase token. */
export const TokenChallenge = Type.Object(
  {
    parameters: Parameters,
    signature: Type.String(),
    waitSeconds: Type.Integer({
      description:
        'The token is served without a solution this long after the start, or after it was given out if that is later.',
    }),
    waitUntil: IsoTime,
  },
  {
    description:
      "A proof of work in ALTCHA's format (altcha-lib 2): find the counter whose PBKDF2 key begins with keyPrefix. Send the base64 of {challenge: {parameters, signature}, solution: {counter, derivedKey}} as `challengeSolution` with each try of this token.",
  },
);
export type TokenChallenge = Static<typeof TokenChallenge>;

const Payload = Compile(
  Type.Object({
    challenge: Type.Object({ parameters: Parameters, signature: Type.String() }),
    solution: Type.Object({ counter: Type.Integer({ minimum: 0 }), derivedKey: Type.String() }),
  }),
);

/** Longest solution: twice what our challenges need. */
export const SOLUTION_PATTERN = '^[A-Za-z0-9+/=_-]{1,2000}$';

/** Why a solution is not accepted, as a sentence. */
export type SolutionFault = string;

/**
 * Makes proofs of work for single reservations, and checks their solutions. It keeps no challenge: any gateway checks what any other has made,
 * and a solution is worth nothing for another reservation.
 */
export class Challenges {
  readonly #keys: readonly { signature: string; key: string }[];
  /** Reservations whose solution was right: checking one again costs 0.35 ms. */
  readonly #solved = new TwoGenerations<true>(20_000);

  /** Signs with a key that is derived from `secret`. Checks with those of both. */
  constructor(secret: string, previous?: string) {
    this.#keys = [secret, ...(previous === undefined ? [] : [previous])].map((each) => ({
      signature: hash('sha256', `challenge ${each}`),
      key: hash('sha256', `challenge key ${each}`),
    }));
  }

  /** `from` is when the token can first be used, in ms since 1970. */
  async make(reservationId: string, difficulty: Difficulty, times: { from: number; expiresAt: number }): Promise<TokenChallenge> {
    const [least, most] = TRIES[difficulty];
    const { parameters, signature } = await createChallenge({
      algorithm: ALGORITHM,
      cost: ROUNDS,
      counter: randomInt(most, least),
      deriveKey,
      data: { reservationId },
      expiresAt: times.expiresAt,
      hmacSignatureSecret: this.#keys[0]?.signature ?? '',
      hmacKeySignatureSecret: this.#keys[0]?.key ?? '',
    });
    const waitSeconds = WAIT_SECONDS[difficulty];
    const waitUntil = new Date(times.from + waitSeconds * 1_000).toISOString();
    return { parameters: parameters as TokenChallenge['parameters'], signature: signature ?? '', waitSeconds, waitUntil };
  }

  isSolved(reservationId: string): boolean {
    return this.#solved.get(reservationId) === true;
  }

  /** Checks a solution, and remembers the reservation if it is right. Resolves to the fault, or to undefined. */
  async check(reservationId: string, solution: string): Promise<SolutionFault | undefined> {
    const payload = read(solution);
    if (payload === undefined) return 'challengeSolution is not the base64 of a challenge and its solution.';
    if (payload.challenge.parameters.data.reservationId !== reservationId)
      return 'challengeSolution is for the challenge of another purchase token.';
    let fault: SolutionFault = 'challengeSolution is for a challenge that we did not make.';
    for (const { signature, key } of this.#keys) {
      const result = await verifySolution({
        challenge: payload.challenge as Challenge,
        solution: payload.solution,
        deriveKey,
        hmacSignatureSecret: signature,
        hmacKeySignatureSecret: key,
      });
      if (result.verified) {
        this.#solved.set(reservationId, true);
        return undefined;
      }
      if (result.expired) return 'challengeSolution is for a challenge that has expired. Get a new purchase token.';
      if (result.invalidSignature === false) fault = 'challengeSolution is wrong.';
    }
    return fault;
  }
}

/** How long after it can be used a token is served without a solution, ms. */
export const waitMsOf = (difficulty: Difficulty): number => WAIT_SECONDS[difficulty] * 1_000;

function read(solution: string): Static<ReturnType<typeof Payload.Type>> | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(solution, 'base64').toString());
    return Payload.Check(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}
