import { setTimeout as sleep } from 'node:timers/promises';
import { type Operation, waitUntil } from 'dev';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Books } from './books.ts';
import type { Ground } from './ground.ts';
import { type MortalWorker, startMortalWorker } from './mortal-worker.ts';

/** The reservation that one run of a path is about. */
export interface Subject {
  saleId: string;
  itemId: string;
  reservationId: string;
  paymentId?: string;
  /** Sequence in its stream of the message that starts the path. */
  sequence?: number;
}

export interface CrashPath<Case extends Subject> {
  name: string;
  /** The worker's calls of the servers and the provider for one subject, in order. A crash is tried before and after each. */
  steps: readonly string[];
  /** Counts only operations with these labels, whatever they name. For background tasks. */
  about?: RegExp;
  /** Ignores these operations, which run beside the path. */
  except?: RegExp;
  /** Stops the clock of the worker, so that messages it delays by seconds never fall due during the path. */
  clockStands?: boolean;
  /** The deaths to try. Default: all. */
  deaths?: readonly `${'before' | 'after'} ${string}`[];
  /** Creates `count` subjects in the state in which the path begins. No worker runs afterwards. */
  prepare: (ground: Ground, count: number) => Promise<Case[]>;
  /** Starts the path without waiting for it. Resolves to the sequence of the message that starts it, if there is one. */
  trigger: (ground: Ground, subject: Case) => Promise<number | undefined>;
  /** Repeats the trigger, for a call whose caller repeats it when no answer comes. */
  again?: (ground: Ground, subject: Case) => Promise<unknown>;
  /** The books in the end; `done` are the steps that were carried out. */
  books: Partial<Books> | ((done: readonly string[]) => Partial<Books>);
  /** Checks what else must hold in the end. */
  check?: (ground: Ground, subject: Case) => Promise<void>;
}

type CrashCase = { step: number; when: 'before' | 'after' };

const RECOVERED_WITHIN_MS = 30_000;

/**
 * Declares two tests for each step of the path: the worker dies just before it and just after it, and another worker finishes the work. Each
 * death waits for a redelivery, so the grounds are used side by side; on one ground there is one worker at a time.
 */
export function describeCrashPath<Case extends Subject>(grounds: readonly { ground: Ground }[], path: CrashPath<Case>): void {
  describe(path.name, () => {
    const all = path.steps.flatMap((_, step) => [{ step, when: 'before' } as const, { step, when: 'after' } as const]);
    const cases = all.filter(({ step, when }) => path.deaths?.includes(`${when} ${path.steps[step]}`) ?? true);
    const outcomes = new Map<CrashCase, Promise<string>>();
    const saleOf = new Map<Ground, string>();
    const undisturbed: Promise<string[]>[] = [];

    // All at once, a lane for each ground. The tests below wait for their outcomes.
    beforeAll(() => {
      const lanes = grounds.map(({ ground }, lane) => {
        const mine = cases.filter((_, i) => i % grounds.length === lane);
        return { ground, mine, subjects: path.prepare(ground, mine.length + 1) };
      });
      for (const { ground, mine, subjects } of lanes) {
        // No worker dies in the run of each lane's first subject.
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
      // The test that awaits an outcome reports its failure.
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

/** Returns the steps of a run without a death. */
async function runUndisturbed<Case extends Subject>(ground: Ground, path: CrashPath<Case>, subject: Case): Promise<string[]> {
  const mortal = await startMortal(ground, path);
  try {
    mortal.boundary.dieAt({ counts: () => false, at: 1, when: 'before' });
    await setInMotion(ground, path, subject);
    await expectBooks(ground, path, subject, path.steps);
    await ground.comesToRest();
    // The books are right before the last step.
    await waitUntil(() => stepsOf(mortal, path, subject).length >= path.steps.length, RECOVERED_WITHIN_MS);
  } finally {
    await mortal.dispose();
  }
  return stepsOf(mortal, path, subject);
}

/** Returns the step at which the worker died. Throws if another worker did not finish the work. */
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
    // Work that was done but not acknowledged is redelivered, and must change nothing.
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

const BESIDE =
  /^nats (nak|working|sale)|^postgres (SELECT reserved_at|stored-payments|items-on-sale|\w+ sale_events)|^provider query/;

/**
 * Recognises the operations of one subject among a worker's other work: those that name it, and the commit or ack that ends them. A listener
 * that has just begun to lead looks its events up (`SELECT reserved_at`), a provider is asked for payments that have been open for long, and an item
 * that sells out or comes back has its own events, beside any path.
 */
function counter<Case extends Subject>({ about, except }: CrashPath<Case>, subject: Case): (operation: Operation) => boolean {
  if (about !== undefined) return ({ label }) => about.test(label);
  const ids = [subject.reservationId, subject.paymentId].filter((id) => id !== undefined);
  const ours = new Set<string>();
  return ({ label, text }) => {
    if (label.startsWith('nats ack')) return text.split('.')[5] === String(subject.sequence);
    if (BESIDE.test(label)) return false;
    if (except?.test(label)) return false;
    const named = ids.some((id) => text.includes(id)) || (/^(postgres|nats)/.test(label) && text.includes(subject.itemId));
    if (named) ours.add(label);
    return named || (label.includes(' commit ') && ours.has(label.replace(' commit', '')));
  };
}
