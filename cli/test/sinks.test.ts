import { useTestServers } from 'dev/test';
import { calls, connectNats, Problem, type SinkView, serveRpc } from 'seckill-core';
import { beforeAll, expect, test } from 'vitest';
import { runSeckill } from './support/run-seckill.ts';

const servers = useTestServers();
const run = (...args: string[]) => runSeckill(['sinks', ...args], { NATS_URL: servers.natsUrl });
const files: SinkView = {
  ...{ sink: 'files', behind: 0, readsDatabase: false, events: 12, movedAt: '2026-11-29T10:00:00.000Z', failures: 0 },
};
const clickhouse: SinkView = { ...files, sink: 'clickhouse', behind: 7, failures: 3, lastError: 'It is\u001b[2Jaway.' };
const restarted: object[] = [];

beforeAll(async () => {
  const nc = await connectNats(servers.natsUrl, 'a worker');
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  serveRpc(nc, calls.listSinks, async () => ({ sinks: [clickhouse, files] }), log);
  serveRpc(
    nc,
    calls.restartSink,
    async (request) => {
      restarted.push(request);
      if (request.sink !== 'files') throw new Problem('NOT_FOUND', `There is no sink "${request.sink}".`);
      return { ...files, readsDatabase: true, behind: 40, events: 0 };
    },
    log,
  );
  await nc.flush();
});

test('list shows how far each sink has come, and why one fails', async () => {
  expect(await run('list')).toMatchObject({
    code: 0,
    stdout: [
      'clickhouse    behind by 7 messages, 12 events written, moved 2026-11-29T10:00:00.000Z',
      '  fails, 3 times in a row: It is\\u001b[2Jaway.',
      'files         up to date, 12 events written, moved 2026-11-29T10:00:00.000Z\n',
    ].join('\n'),
  });
  const { stdout } = await run('list', '--json');
  expect(JSON.parse(stdout)).toEqual([clickhouse, files]);
});

test('restart begins again from the beginning or from a time, and says what is not known', async () => {
  expect(await run('restart', 'files')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('reads older events from PostgreSQL, then 40 messages, 0 events written'),
  });
  await run('restart', 'files', '--from', '2026-11-01');
  expect(restarted).toEqual([
    { sink: 'files', from: 'beginning' },
    { sink: 'files', from: '2026-11-01' },
  ]);
  expect(await run('restart', 'nothing')).toMatchObject({ code: 1, stderr: 'There is no sink "nothing".\n' });
});

test.each([
  [[], 'Name what to do'],
  [['restart'], 'needs the name of a sink'],
  [['list', 'files'], 'list takes no name'],
  [['remove', 'files'], '"remove" is not one of list and restart'],
  [['restart', 'Files'], 'is not the name of a sink'],
  [['restart', 'files', '--from', 'monday'], '--from takes beginning, a day or a time'],
])('%j is wrong usage', async (args, words) => {
  expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
});
