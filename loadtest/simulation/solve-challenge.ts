import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';

/** The challenge of a purchase token, as the gateway gives it out. */
export type TokenChallenge = Pick<Challenge, 'parameters' | 'signature'>;

/** Solves a challenge as a page does. Resolves with the text that the gateway takes as `challengeSolution`. */
export async function solve({ parameters, signature }: TokenChallenge): Promise<string> {
  const challenge = { parameters, signature } as Challenge;
  const solution = await solveChallenge({ challenge, deriveKey });
  return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
}
