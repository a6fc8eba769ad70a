import type { Answer } from './contract.ts';
import { ask, COMMAND_MS } from './operator-api.ts';

export type Sink = Answer<'GET /api/admin/sinks'>['sinks'][number];

export const listSinks = () => ask<Answer<'GET /api/admin/sinks'>>('/sinks');
/** `from`: beginning, a day, or a time. */
export const restartSink = (sink: string, from: string) =>
  ask<Sink>(`/sinks/${sink}/restart`, { method: 'POST', body: { from }, timeoutMs: COMMAND_MS });
