import type { FastifyReply } from 'fastify';
import {
  calls,
  Job,
  type JobArguments,
  type JobKind,
  type JobResults,
  LONGEST_WAIT_MS,
  resultOf,
  runJobWithinMs,
} from 'seckill-core';
import { type TSchema, Type } from 'typebox';
import type { NatsLink } from '../../links/nats-link.ts';

const WAIT_MS = 30_000;
/** Until the next look at a job that has not ended. */
const LOOK_AGAIN_SECONDS = 1;

/** What an operator may say about how long they wait. */
export const preferHeaders = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description: `\`wait=SECONDS\` (RFC 7240), 0 to ${LONGEST_WAIT_MS / 1_000}; default ${WAIT_MS / 1_000}. After that the answer is 202 with the job, which goes on.`,
    }),
  ),
});

/** The responses of a call that starts a job: its result, or the job. */
export const jobResponses = <Result extends TSchema>(result: Result) => ({
  200: result,
  202: Type.Object(Job.properties, { description: 'It takes longer. `Location` is the address of the job.' }),
});

/** Starts or joins a job. Resolves to its result, or replies with 202 and the job if it takes longer than the caller waits. */
export async function replyWithJob<Kind extends JobKind>(
  reply: FastifyReply,
  nats: NatsLink,
  request: { kind: Kind; saleId: string; arguments?: JobArguments },
): Promise<JobResults[Kind] | Job> {
  const waitMs = preferredWaitMs(reply.request.headers['prefer']) ?? WAIT_MS;
  const job = await nats.ask(calls.runJob, { ...request, waitMs }, runJobWithinMs(waitMs));
  const result = resultOf(request.kind, job);
  if (result !== undefined) return result;
  reply.code(202).headers({ location: `/api/admin/jobs/${job.jobId}`, 'retry-after': LOOK_AGAIN_SECONDS });
  return job;
}

/** A preference that is not understood is ignored, as the RFC says. */
function preferredWaitMs(prefer: string | string[] | undefined): number | undefined {
  for (const preference of [prefer ?? []].flat().join(',').split(',')) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(preference)?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds) * 1_000, LONGEST_WAIT_MS);
  }
  return undefined;
}
