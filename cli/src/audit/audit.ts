import { parseArgs } from 'node:util';
import { callRpc, calls, type ExplainedAudit, Problem } from 'seckill-core';
import { type Command, CommandFailed, WrongUsage } from '../command.ts';
import { openNats } from '../servers.ts';
import { auditLines, repairLines } from './report-lines.ts';

export const audit: Command = {
  usage: (called) => `${called} --sale ID [--repair] [--json]

  --repair  repairs every finding that has exactly one right answer, and audits again; without it nothing is changed
  --json    prints the report as data

NATS_URL names the platform; default nats://127.0.0.1:4222.`,

  async run(args) {
    const { sale, repair, json } = readFlags(args);
    const nats = await openNats('audit', 'The audit asks a running platform.');
    try {
      let verdict: ExplainedAudit;
      if (repair) {
        const report = await callRpc(nats, calls.repairSale, { saleId: sale });
        print(report, repairLines(report), json);
        verdict = report.after;
      } else {
        verdict = await callRpc(nats, calls.auditSale, { saleId: sale });
        print(verdict, auditLines(verdict), json);
      }
      // An audit that checked nothing proves nothing.
      return verdict.holds && verdict.checks.length > 0 ? 0 : 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const repeat = repair ? ' Repairs made until then stay; run the same command again for the rest.' : '';
      throw new CommandFailed(`The audit of sale ${sale} failed: ${error.message} (${error.code})${repeat}`, { cause: error });
    } finally {
      await nats.close();
    }
  },
};

function print(report: object, lines: readonly string[], json: boolean): void {
  console.log(json ? JSON.stringify(report, undefined, 2) : lines.join('\n'));
}

function readFlags(args: readonly string[]): { sale: string; repair: boolean; json: boolean } {
  const options = {
    sale: { type: 'string', default: '' },
    repair: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.sale !== '') return values;
  } catch (error) {
    throw new WrongUsage((error as Error).message);
  }
  throw new WrongUsage('Name the sale with --sale ID.');
}
