import { callRpc, calls, type ExplainedAudit, flag, Problem, readFlags, UsageError } from 'seckill-core';
import { type Command, CommandFailed } from '../command/command.ts';
import { openNats, readServers } from '../command/servers.ts';
import { auditLines, repairLines } from './report-lines.ts';

const flags = {
  sale: flag.text('the sale', { value: 'ID' }),
  repair: flag.toggle('repair every finding that has exactly one right answer, and audit again; without it nothing changes'),
  restored: flag.toggle(
    'with --repair, after an older copy of PostgreSQL was restored: first bring back orders and payments from the streams',
  ),
  json: flag.toggle('print the report as data'),
};

const commandLine = (called: string) => ({
  usage: `${called} --sale ID [--repair [--restored]] [--json]

NATS_URL names the platform (default nats://127.0.0.1:4222).`,
  flags,
});

export const audit: Command = {
  commandLine,

  async run(args, called, terminal) {
    const { sale, repair, restored, json } = readFlags(commandLine(called), args).flags;
    if (sale === undefined || sale === '') throw new UsageError('Name the sale with --sale ID.');
    if (restored && !repair) throw new UsageError('--restored goes with --repair.');
    const nats = await openNats(readServers(terminal), 'audit', 'The audit asks a running platform.');
    const print = (report: object, lines: readonly string[]) =>
      terminal.print(json ? JSON.stringify(report, undefined, 2) : lines.join('\n'));
    try {
      let verdict: ExplainedAudit;
      if (repair) {
        const report = await callRpc(nats, calls.repairSale, { saleId: sale, ...(restored ? { restored } : {}) });
        print(report, repairLines(report));
        verdict = report.after;
      } else {
        verdict = await callRpc(nats, calls.auditSale, { saleId: sale });
        print(verdict, auditLines(verdict));
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
