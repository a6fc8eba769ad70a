import type { NatsConnection } from '@nats-io/transport-node';
import {
  callRpc,
  calls,
  type ExplainedAudit,
  flag,
  isUuid,
  type Job,
  Problem,
  readFlags,
  resultOf,
  runJobWithinMs,
  UsageError,
} from 'seckill-core';
import { type Command, CommandFailed, type Terminal } from '../command/command.ts';
import { openNats, readServers } from '../command/servers.ts';
import { followJob } from './follow-job.ts';
import { auditLines, repairLines } from './report-lines.ts';

/** An audit of an ordinary sale ends within it. */
const FIRST_WAIT_MS = 2_000;
const LOOK_EVERY_MS = 1_000;

const flags = {
  sale: flag.text('the sale', { value: 'ID' }),
  repair: flag.toggle('repair every finding that has exactly one right answer, and audit again; without it nothing changes'),
  restored: flag.toggle(
    'with --repair, after an older copy of PostgreSQL was restored: first bring back orders and payments from the streams',
  ),
  job: flag.text('instead of --sale: an audit or a repair that was started before', { value: 'ID' }),
  json: flag.toggle('print the report as data'),
};

const commandLine = (called: string) => ({
  usage: `${called} --sale ID [--repair [--restored]] [--json]
${called} --job ID [--json]

Prints its progress to standard error. Ctrl-C leaves the audit or the repair running.
NATS_URL names the platform (default nats://127.0.0.1:4222).`,
  flags,
});

type Given = { sale: string | undefined; repair: boolean; restored: boolean; job: string | undefined };
type Asked = { sale: string; repair: boolean; restored: boolean } | { job: string };

export const audit: Command = {
  commandLine,

  async run(args, called, terminal) {
    const { json, ...given } = readFlags(commandLine(called), args).flags;
    const asked = whatIsAsked(given);
    const nats = await openNats(readServers(terminal), 'audit', 'The audit asks a running platform.');
    try {
      const begun = await begin(nats, asked);
      const ended = await followJob(nats, begun, { terminal, called, everyMs: LOOK_EVERY_MS });
      const verdict = show(ended, terminal, json);
      // An audit that checked nothing proves nothing.
      return verdict.holds && verdict.checks.length > 0 ? 0 : 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const what = 'job' in asked ? `Job ${asked.job}` : `The audit of sale ${asked.sale}`;
      const repeat =
        'sale' in asked && asked.repair ? ' Repairs made until then stay; run the same command again for the rest.' : '';
      throw new CommandFailed(`${what} failed: ${error.message} (${error.code})${repeat}`, { cause: error });
    } finally {
      await nats.close();
    }
  },
};

function whatIsAsked({ sale = '', repair, restored, job = '' }: Given): Asked {
  if (job !== '') {
    if (sale !== '' || repair || restored) throw new UsageError('--job goes without --sale, --repair and --restored.');
    if (!isUuid(job)) throw new UsageError(`"${job}" is not the id of a job.`);
    return { job };
  }
  if (sale === '') throw new UsageError('Name the sale with --sale ID.');
  if (!isUuid(sale)) throw new UsageError(`"${sale}" is not the id of a sale.`);
  if (restored && !repair) throw new UsageError('--restored goes with --repair.');
  return { sale, repair, restored };
}

function begin(nats: NatsConnection, asked: Asked): Promise<Job> {
  if ('job' in asked) return callRpc(nats, calls.getJob, { jobId: asked.job });
  const { sale, repair, restored } = asked;
  const request = { kind: repair ? 'repair' : 'audit', saleId: sale, ...(restored ? { arguments: { restored } } : {}) } as const;
  return callRpc(nats, calls.runJob, { ...request, waitMs: FIRST_WAIT_MS }, { timeoutMs: runJobWithinMs(FIRST_WAIT_MS) });
}

/** Prints the result, and returns the audit that decides the exit code. Throws the problem of a job that failed. */
function show(job: Job, terminal: Terminal, json: boolean): ExplainedAudit {
  const repaired = job.kind === 'repair' ? resultOf('repair', job) : undefined;
  const verdict = job.kind === 'audit' ? resultOf('audit', job) : repaired?.after;
  if (verdict === undefined) throw new CommandFailed(`Job ${job.jobId} is a ${job.kind}, which the console shows.`);
  const report = repaired ?? verdict;
  const lines = repaired === undefined ? auditLines(verdict) : repairLines(repaired);
  terminal.print(json ? JSON.stringify(report, undefined, 2) : lines.join('\n'));
  return verdict;
}
