import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';

/** Web Worker: solves the challenge of one message, and answers with what the gateway accepts as `challengeSolution`. */
self.onmessage = async ({ data: challenge }: MessageEvent<Challenge>) => {
  const solution = await solveChallenge({ challenge, deriveKey });
  self.postMessage(solution === null ? undefined : btoa(JSON.stringify({ challenge, solution })));
};
