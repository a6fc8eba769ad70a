import { ANSWERS, type AnswerCode } from 'seckill-core';
import { type TSchema, Type } from 'typebox';

/** Describes a route's problem responses by status, for the API document. */
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
    type: Type.String({ description: 'Address of the explanation of the code.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ enum: codes }),
    detail: Type.String(),
    requestId: Type.String(),
    retryAfterMs: Type.Optional(Type.Integer({ description: 'Present if retrying after this time may succeed.' })),
  });
}
