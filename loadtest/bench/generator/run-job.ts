import { Latencies, readAnswer } from 'simulation';
import type { AnswerStatistics, Job, JobResult } from './job.ts';
import { Lane } from './lane.ts';
import { prepareRequests } from './requests.ts';

/** One answer in this many is read for its code. */
const SAMPLE = 32;

/** Connects and mints tokens. The function that it returns sends the requests. */
export async function prepareJob(job: Job): Promise<() => Promise<JobResult>> {
  const servers = job.origins.map((origin) => new URL(origin));
  const next = limited(prepareRequests(job), job.requests ?? Number.POSITIVE_INFINITY);
  const byStatus = new Map<number, { latencies: Latencies; lastAt: number }>();
  const codes: Record<string, number> = {};
  let faults = 0;
  let answers = 0;
  let open = job.connections;
  let allDone: () => void = () => {};

  const events = {
    answered: (status: number, ms: number, answer: Buffer) => {
      let seen = byStatus.get(status);
      if (seen === undefined) {
        seen = { latencies: new Latencies(), lastAt: 0 };
        byStatus.set(status, seen);
      }
      seen.latencies.add(ms);
      seen.lastAt = performance.now();
      if (answers++ % SAMPLE === 0) {
        const code = codeOf(answer);
        codes[code] = (codes[code] ?? 0) + 1;
      }
    },
    fault: () => {
      faults += 1;
    },
    done: () => {
      open -= 1;
      if (open === 0) allDone();
    },
  };
  const lanes = Array.from(
    { length: job.connections },
    (_, index) => new Lane(servers[index % servers.length] as URL, next, events),
  );
  await Promise.all(lanes.map((lane) => lane.ready()));

  return async () => {
    const startedAt = performance.timeOrigin + performance.now();
    const cpu = process.cpuUsage();
    const finished = new Promise<void>((resolve) => {
      allDone = resolve;
    });
    const endPace = job.ratePerSecond === undefined ? sendAll(lanes) : keepPace(lanes, job.ratePerSecond);
    const timer = job.seconds === undefined ? undefined : setTimeout(() => stopAll(lanes), job.seconds * 1000);
    await finished;
    clearTimeout(timer);
    endPace();
    const used = process.cpuUsage(cpu);
    const seen = [...byStatus.values()];
    const latencies = Latencies.merged(seen.map((each) => each.latencies));
    const all = statisticsOf({ latencies, lastAt: Math.max(0, ...seen.map((each) => each.lastAt)) });
    const seconds = Math.max(1, all.lastAt - startedAt) / 1000;
    return {
      seconds,
      perSecond: all.count / seconds,
      all,
      byStatus: Object.fromEntries([...byStatus].map(([status, each]) => [status, statisticsOf(each)])),
      codes,
      faults,
      startedAt,
      endedAt: all.lastAt,
      cpuSeconds: (used.user + used.system) / 1e6,
    };
  };
}

function statisticsOf({ latencies, lastAt }: { latencies: Latencies; lastAt: number }): AnswerStatistics {
  const ms = (p: number) => Math.round(latencies.percentile(p) * 100) / 100;
  return {
    count: latencies.count,
    p50Ms: ms(50),
    p95Ms: ms(95),
    p99Ms: ms(99),
    lastAt: Math.round(performance.timeOrigin + lastAt),
  };
}

function sendAll(lanes: readonly Lane[]): () => void {
  for (const lane of lanes) lane.send();
  return () => {};
}

const PACE_EVERY_MS = 2;

/** A lane that has its answer waits in a queue, so that all are in use. Every two milliseconds, as many lanes send as requests are due. */
function keepPace(lanes: readonly Lane[], ratePerSecond: number): () => void {
  const idle = [...lanes];
  for (const lane of lanes) lane.onIdle = () => idle.push(lane);
  const from = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - from) * ratePerSecond) / 1000;
    while (sent < due) {
      const lane = idle.shift();
      if (lane === undefined) return;
      lane.send();
      sent += 1;
    }
  }, PACE_EVERY_MS);
  return () => clearInterval(timer);
}

function stopAll(lanes: readonly Lane[]): void {
  for (const lane of lanes) lane.stop();
}

function limited(next: () => string | undefined, requests: number): () => string | undefined {
  let sent = 0;
  return () => (sent++ < requests ? next() : undefined);
}

function codeOf(answer: Buffer): string {
  const body = readAnswer(answer)?.body ?? '';
  return /"(?:code|status|state)":"([A-Z_]+)"/.exec(body)?.[1] ?? body.slice(0, 40);
}
