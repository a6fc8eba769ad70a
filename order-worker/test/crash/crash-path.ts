import { setTimeout as sleep } from 'node:timers/promises';
import { type Operation, waitUntil } from 'dev';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Books, Ground } from './ground.ts';
import { type MortalWorker, startMortalWorker } from './mortal-worker.ts';

/** What one run of a path is about. */
export interface Subject {
  saleId: string;
  itemId: string;
  reservationId: string;
  paymentId?: string;
  /** Of the message that sets the path in motion, in its stream. */
  sequence?: number;
}

export interface CrashPath<Case extends Subject> {
  name: string;
  /** What the worker asks of the world for one subject, in order: a crash is tried before and after each. */
  steps: readonly string[];
  /** Looks only at operations of these labels, whatever they name: for what a worker does by itself. */
  about?: RegExp;
  /** Does not look at these: what goes its own way beside the path. */
  except?: RegExp;
  /** To the worker it is always now: what it has put off for seconds never falls due, and does not mix with the path where that takes as long. */
  clockStands?: boolean;
  /** Only these deaths; default all. */
  deaths?: readonly `${'before' | 'after'} ${string}`[];
  /** Makes so many of the state in which the path begins. Afterwards no worker runs. */
  prepare: (ground: Ground, count: number) => Promise<Case[]>;
  /** Sets it in motion, and does not wait for what comes of it. Answers the sequence of the message that does, where it is one. */
  trigger: (ground: Ground, subject: Case) => Promise<number | undefined>;
  /** Where the trigger is somebody's call: they repeat it when no answer comes. */
  again?: (ground: Ground, subject: Case) => Promise<unknown>;
  /** What the books must say in the end; `done` are the steps that were carried out. */
  books: Partial<Books> | ((done: readonly string[]) => Partial<Books>);
  /** More that has to hold in the end. */
  check?: (ground: Ground, subject: Case) => Promise<void>;
}

type CrashCase = { step: number; when: 'before' | 'after' };

const RECOVERED_WITHIN_MS = 30_000;

/**
 * A test for each step of the path: the worker dies just before it and just after it, and another one puts things right. Each death waits
 * for a redelivery, so several grounds are died on side by side; on one ground there is one worker at a time.
 */
export function describeCrashPath<Case extends Subject>(grounds: readonly { ground: Ground }[], path: CrashPath<Case>): void {
  describe(path.name, () => {
    const all = path.steps.flatMap((_, step) => [{ step, when: 'before' } as const, { step, when: 'after' } as const]);
    const cases = all.filter(({ step, when }) => path.deaths?.includes(`${when} ${path.steps[step]}`) ?? true);
    const outcomes = new Map<CrashCase, Promise<string>>();
    const saleOf = new Map<Ground, string>();
    const undisturbed: Promise<string[]>[] = [];

    // All at once, a lane for each ground; the tests below wait for what became of theirs.
    beforeAll(() => {
      const lanes = grounds.map(({ ground }, lane) => {
        const mine = cases.filter((_, i) => i % grounds.length === lane);
        return { ground, mine, subjects: path.prepare(ground, mine.length + 1) };
      });
      for (const { ground, mine, subjects } of lanes) {
        // Every lane's first subject is left in peace.
        const first = subjects.then(([subject]) => {
          saleOf.set(ground, subject?.saleId ?? '');
          return runUndisturbed(ground, path, subject as Case);
        });
        undisturbed.push(first);
        let before: Promise<unknown> = first;
        for (const [i, each] of mine.entries()) {
          const outcome = before
            .catch(() => undefined)
            .then(() => subjects)
            .then((prepared) => die(ground, path, prepared[i + 1] as Case, each));
          outcomes.set(each, outcome);
          before = outcome;
        }
      }
      // Whoever asks for an outcome hears of its failure.
      for (const promise of [...undisturbed, ...outcomes.values()]) promise.catch(() => undefined);
    });

    test(`asks for these steps: ${path.steps.join(' → ')}`, async () => {
      for (const steps of await Promise.all(undisturbed)) expect(steps).toEqual(path.steps);
    });

    for (const each of cases) {
      const step = path.steps[each.step] ?? '';
      const how = each.when === 'before' ? 'not carried out' : 'carried out, no answer';
      test(`dies ${each.when} step ${each.step + 1}, ${step}: ${how}`, { timeout: 120_000 }, async () => {
        expect(await outcomes.get(each)).toBe(step);
      });
    }

    test('the audit of all that died holds', async () => {
      await Promise.all(
        Array.from(saleOf, async ([ground, saleId]) => {
          const worker = await ground.startWorker();
          const report = await ground.audit(saleId);
          await worker.stop();
          expect(report.checks.filter((check) => !check.holds)).toEqual([]);
          expect(report).toMatchObject({ holds: true, oversold: 0, lost: 0, duplicated: 0, drift: 0 });
        }),
      );
    });
  });
}

/** Answers the steps that were asked for. */
async function runUndisturbed<Case extends Subject>(ground: Ground, path: CrashPath<Case>, subject: Case): Promise<string[]> {
  const mortal = await startMortal(ground, path);
  try {
    mortal.boundary.dieAt({ counts: () => false, at: 1, when: 'before' });
    await setInMotion(ground, path, subject);
    await expectBooks(ground, path, subject, path.steps);
    await ground.comesToRest();
    // The books are right before the last of them.
    await waitUntil(() => stepsOf(mortal, path, subject).length >= path.steps.length, RECOVERED_WITHIN_MS);
  } finally {
    await mortal.dispose();
  }
  return stepsOf(mortal, path, subject);
}

/** Answers the step at which the worker died; throws where another one did not put things right. */
async function die<Case extends Subject>(
  ground: Ground,
  path: CrashPath<Case>,
  subject: Case,
  { step, when }: CrashCase,
): Promise<string> {
  const mortal = await startMortal(ground, path);
  mortal.boundary.dieAt({ counts: counter(path, subject), at: step + 1, when });
  const begun = setInMotion(ground, path, subject).catch(() => undefined);
  const died = await Promise.race([mortal.boundary.died, sleep(RECOVERED_WITHIN_MS)]);
  await mortal.dispose();
  if (died === undefined) return `It lived on, and had asked for ${stepsOf(mortal, path, subject).join(', ')}.`;
  const healthy = await ground.startWorker();
  try {
    await begun;
    await path.again?.(ground, subject);
    const done = path.again === undefined ? path.steps.slice(0, when === 'before' ? step : step + 1) : path.steps;
    await expectBooks(ground, path, subject, done);
    // What was done and not acknowledged comes again: it must change nothing.
    await ground.comesToRest();
    await expectBooks(ground, path, subject, done);
  } finally {
    await healthy.stop();
  }
  return died.label;
}

async function startMortal<Case extends Subject>(
  ground: Ground,
  { clockStands = false }: CrashPath<Case>,
): Promise<MortalWorker> {
  const mortal = await startMortalWorker(ground);
  const { clock } = mortal.worker.context;
  const now = clock.now();
  if (clockStands) clock.now = () => now;
  return mortal;
}

const stepsOf = <Case extends Subject>({ boundary }: MortalWorker, path: CrashPath<Case>, subject: Case): string[] =>
  boundary.seen.filter(counter(path, subject)).map(({ label }) => label);

async function setInMotion<Case extends Subject>(ground: Ground, path: CrashPath<Case>, subject: Case): Promise<void> {
  const sequence = await path.trigger(ground, subject);
  if (sequence !== undefined) subject.sequence = sequence;
}

async function expectBooks<Case extends Subject>(
  ground: Ground,
  path: CrashPath<Case>,
  subject: Case,
  done: readonly string[],
): Promise<void> {
  await expect
    .poll(() => ground.books(subject.saleId, subject.reservationId), { timeout: RECOVERED_WITHIN_MS })
    .toMatchObject(typeof path.books === 'function' ? path.books(done) : path.books);
  await path.check?.(ground, subject);
}

/** Tells the operations of one subject from what a worker does besides: those that name it, and the commit or ack that ends them. */
function counter<Case extends Subject>({ about, except }: CrashPath<Case>, subject: Case): (operation: Operation) => boolean {
  if (about !== undefined) return ({ label }) => about.test(label);
  const ids = [subject.reservationId, subject.paymentId].filter((id) => id !== undefined);
  const ours = new Set<string>();
  return ({ label, text }) => {
    if (label.startsWith('nats ack')) return text.split('.')[5] === String(subject.sequence);
    if (/^nats (nak|working)/.test(label) || except?.test(label)) return false;
    const named = ids.some((id) => text.includes(id)) || (/^(postgres|nats)/.test(label) && text.includes(subject.itemId));
    if (named) ours.add(label);
    return named || (label.includes(' commit ') && ours.has(label.replace(' commit', '')));
  };
}
