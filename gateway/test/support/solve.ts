import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { TokenChallenge } from '../../src/admission/risk/challenges.ts';

/** Solves a challenge as a page does. */
export async function solve({ parameters, signature }: TokenChallenge): Promise<string> {
  const challenge = { parameters, signature };
  const solution = await solveChallenge({ challenge, deriveKey });
  return payload({ challenge, solution });
}

/** Returns a solution as it is sent. */
export const payload = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64');
