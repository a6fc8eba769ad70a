import { parseArgs } from 'node:util';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { callRpc, calls, type ExplainedAudit, natsOptions, Problem } from 'seckill-core';
import { auditLines, repairLines } from './audit-lines.ts';

const usage = `npm run audit -- --sale ID [--repair] [--json]

  --repair  mends what has exactly one right answer, and audits again; without it nothing is changed

NATS_URL says which platform; default nats://127.0.0.1:4222.`;

const { sale, repair, json } = readArguments();
const natsUrl = process.env['NATS_URL'] || 'nats://127.0.0.1:4222';
const nats = await connectOrExplain();
try {
  const report = repair ? await repairSale() : await auditSale();
  // What checked nothing proves nothing.
  process.exitCode = report.holds && report.checks.length > 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  const repeat = repair ? ' What was repaired by then stays repaired; the same command does the rest.' : '';
  fail(`The audit of sale ${sale} was not made: ${error.message} (${error.code})${repeat}`);
} finally {
  await nats.close();
}

async function auditSale(): Promise<ExplainedAudit> {
  const report = await callRpc(nats, calls.auditSale, { saleId: sale });
  print(report, auditLines(report));
  return report;
}

async function repairSale(): Promise<ExplainedAudit> {
  const report = await callRpc(nats, calls.repairSale, { saleId: sale });
  print(report, repairLines(report));
  return report.after;
}

function print(report: object, lines: string[]): void {
  console.log(json ? JSON.stringify(report, undefined, 2) : lines.join('\n'));
}

function readArguments(): { sale: string; repair: boolean; json: boolean } {
  const options = {
    sale: { type: 'string' },
    repair: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ options });
    if (values.sale !== undefined && values.sale !== '') return { ...values, sale: values.sale };
    fail(`Which sale?\n${usage}`);
  } catch (error) {
    fail(`${(error as Error).message}\n${usage}`);
  }
}

async function connectOrExplain(): Promise<NatsConnection> {
  try {
    return await connect({ ...natsOptions(natsUrl), name: 'audit', timeout: 10_000, reconnect: false });
  } catch (error) {
    const { host } = new URL(natsUrl);
    fail(
      `Could not connect to NATS at ${host}: ${(error as Error).message}\n` +
        'The audit asks a running platform. Set NATS_URL to its NATS server; `npm start` prints the one of its own.',
    );
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
