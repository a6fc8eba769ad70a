import { parseJson } from 'seckill-core';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { HttpAnswer } from '../../../servers/http-pool.ts';
import { ProviderUnavailable } from '../../provider.ts';
import { Refusal } from './messages.ts';

type Check<Schema extends TSchema> = Validator<Record<never, never>, Schema>;

const refusal = Compile(Refusal);

/** Throws ProviderUnavailable unless the status is 2xx. */
export function refuseStatus({ status }: HttpAnswer, path: string): void {
  if (status < 200 || status > 299) throw new ProviderUnavailable(`The payment provider answered ${status} to ${path}.`);
}

/** A proxy's page with status 200 must not pass for an answer. */
export function read<Schema extends TSchema>(answer: HttpAnswer, path: string, shape: Check<Schema>): Static<Schema> {
  refuseStatus(answer, path);
  return readJson(answer.body, shape, `${answer.status} to ${path}`);
}

/** What the provider answers goes into no error and no log: it may name buyers. */
export function readJson<Schema extends TSchema>(body: Buffer, shape: Check<Schema>, where: string): Static<Schema> {
  const value = parseJson(body);
  if (shape.Check(value)) return value as Static<Schema>;
  const what = value === undefined ? 'what is not JSON' : 'JSON that does not fit';
  throw new ProviderUnavailable(`The payment provider answered ${where} with ${what}. Is its address right?`);
}

/** Undefined if the answer is anything but a definite no. */
export function reasonOfRefusal({ status, body }: HttpAnswer): string | undefined {
  const value = status === 422 ? parseJson(body) : undefined;
  return refusal.Check(value) ? value.reason : undefined;
}

export function* linesOf(body: Buffer): Generator<Buffer> {
  for (let from = 0; from < body.length; ) {
    const end = body.indexOf('\n', from);
    const to = end < 0 ? body.length : end;
    if (to > from) yield body.subarray(from, to);
    from = to + 1;
  }
}
