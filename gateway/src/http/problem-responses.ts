import { ANSWERS, type AnswerCode } from 'seckill-core';
import { type TSchema, Type } from 'typebox';

/** The responses of a route that are problems, grouped by status, for the API document. */
export function problems(...codes: AnswerCode[]): Record<number, unknown> {
  const all = [...codes, 'INTERNAL' as const];
  const statuses = new Set(all.map((code) => ANSWERS[code].status));
  return Object.fromEntries(
    Array.from(statuses, (status) => [status, response(all.filter((code) => ANSWERS[code].status === status))]),
  );
}

function response(codes: AnswerCode[]): unknown {
  return {
    description: codes.map((code) => `\`${code}\`: ${ANSWERS[code].title}. ${ANSWERS[code].detail}`).join('\n\n'),
    content: { 'application/problem+json': { schema: schemaOf(codes) } },
  };
}

function schemaOf(codes: AnswerCode[]): TSchema {
  return Type.Object({
    type: Type.String({ description: 'where to read about the code' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ enum: codes }),
    detail: Type.String(),
    requestId: Type.String(),
    retryAfterMs: Type.Optional(Type.Integer({ description: 'where waiting helps' })),
  });
}
