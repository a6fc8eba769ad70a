import type { PurchaseToken } from '../../shared/api/contract.ts';
import solverUrl from './solver.ts?worker&url';

export type Challenge = NonNullable<PurchaseToken['challenge']>;

/**
 * Solves a proof of work in a Web Worker, so that the page stays smooth. Resolves with undefined if this browser cannot, or if its owner
 * prefers that it saves power and data: then the token is served after a wait.
 */
export function solveChallenge({ parameters, signature }: Challenge, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = prefersToWait() ? undefined : startWorker();
    if (worker === undefined) return resolve(undefined);
    const end = (solution?: string) => {
      worker.terminate();
      resolve(solution);
    };
    signal.addEventListener('abort', () => end(), { once: true });
    worker.onmessage = ({ data }: MessageEvent<string | undefined>) => end(data);
    worker.onerror = () => end();
    worker.postMessage({ parameters, signature });
  });
}

/** Browsers compute keys on secure origins only. */
const prefersToWait = (): boolean => !isSecureContext || matchMedia('(prefers-reduced-data: reduce)').matches;

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string };
}
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

function startWorker(): Worker | undefined {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    policy ??= trustedTypes?.createPolicy('seckill-worker', { createScriptURL: () => solverUrl });
    return new Worker(policy?.createScriptURL(solverUrl) ?? solverUrl, { type: 'module' });
  } catch {
    return undefined;
  }
}
