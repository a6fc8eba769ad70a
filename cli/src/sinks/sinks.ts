import {
  callRpc,
  calls,
  flag,
  Problem,
  readFlags,
  SINK_FROM_PATTERN,
  SINK_PATTERN,
  type SinkView,
  UsageError,
} from 'seckill-core';
import { type Command, CommandFailed, type Terminal } from '../command/command.ts';
import { printable } from '../command/printable.ts';
import { openNats, readServers } from '../command/servers.ts';

const commandLine = (called: string) => ({
  usage: `${called} list [--json]
${called} restart NAME [--from beginning|TIME] [--json]

  list     the sinks of the data hub: how far each has come, and why it fails
  restart  feeds one from the beginning again, or from a time: 2026-11-01, 2026-11-01T10:00:00Z. Workers keep running.
           docs/data-hub.md says what becomes of what the sink has.

A worker carries it out. NATS_URL names the platform (default nats://127.0.0.1:4222).`,
  flags: {
    from: flag.text('where restart begins (default: beginning)', { value: 'WHERE' }),
    json: flag.toggle('print data'),
  },
  takesWords: true,
});

export const sinks: Command = {
  commandLine,

  async run(args, called, terminal) {
    const { flags, words } = readFlags(commandLine(called), args);
    const request = readRequest(words, flags.from);
    const nc = await openNats(readServers(terminal), 'sinks', 'The workers are asked over it.');
    try {
      if (request.verb === 'list') return print((await callRpc(nc, calls.listSinks, {})).sinks, flags.json, terminal);
      const { sink, from } = request;
      return print([await callRpc(nc, calls.restartSink, { sink, from })], flags.json, terminal);
    } catch (error) {
      if (error instanceof Problem) throw new CommandFailed(error.message, { cause: error });
      throw error;
    } finally {
      await nc.close();
    }
  },
};

type Request = { verb: 'list' } | { verb: 'restart'; sink: string; from: string };

/** Throws a {@link UsageError}. */
function readRequest([verb, sink, ...rest]: readonly string[], from: string | undefined): Request {
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many.`);
  switch (verb) {
    case undefined:
      throw new UsageError('Name what to do: list or restart.');
    case 'list':
      if (sink !== undefined || from !== undefined) throw new UsageError('list takes no name and no --from; it shows all sinks.');
      return { verb };
    case 'restart':
      if (sink === undefined) throw new UsageError('restart needs the name of a sink; "list" shows them.');
      if (!new RegExp(SINK_PATTERN).test(sink)) throw new UsageError(`"${sink}" is not the name of a sink; "list" shows them.`);
      if (from !== undefined && !new RegExp(SINK_FROM_PATTERN).test(from))
        throw new UsageError(
          `--from takes beginning, a day or a time with its offset, such as 2026-11-01T10:00:00Z, not "${from}".`,
        );
      return { verb, sink, from: from ?? 'beginning' };
    default:
      throw new UsageError(`"${verb}" is not one of list and restart.`);
  }
}

function print(views: readonly SinkView[], asJson: boolean, terminal: Terminal): number {
  if (asJson) terminal.print(JSON.stringify(views, undefined, 2));
  else if (views.length === 0) terminal.print('No sink has begun. docs/data-hub.md has their settings.');
  else terminal.print(views.flatMap(linesOf).join('\n'));
  return 0;
}

function linesOf({ sink, behind, readsDatabase, events, movedAt, failures, lastError }: SinkView): string[] {
  const place = readsDatabase ? 'reads older events from PostgreSQL, then' : behind === 0 ? 'up to date,' : 'behind by';
  const messages = readsDatabase || behind > 0 ? ` ${behind} messages,` : '';
  const line = `${sink.padEnd(12)}  ${place}${messages} ${events} events written, moved ${movedAt}`;
  return failures === 0 ? [line] : [line, `  fails, ${failures} times in a row: ${printable(lastError ?? 'no reason is known')}`];
}
