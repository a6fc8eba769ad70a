import type { SandboxAnswer } from './protocol.ts';

export const json = (status: number, value: object): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
