import { writeFileSync } from 'node:fs';
import type { Platform } from 'dev';
import { Crowd, HttpClient, Operator, type RunningPlatform, saleToRush } from 'simulation';
import { counted } from '../command/text.ts';
import { checkDownstream } from '../downstream/check-books.ts';
import { followSale } from '../downstream/follow-sale.ts';
import { booksAtRest, type DownstreamBooks } from '../downstream/read-books.ts';
import { joinAudit } from './checks/join-audit.ts';
import { checkFromOutside } from './checks/outside-checks.ts';
import { lookAgain, lookFromOutside } from './checks/outside-view.ts';
import { checkRoom } from './checks/room-checks.ts';
import { readClockOffset } from './clock-offset.ts';
import type { DemoOptions } from './flags.ts';
import { killGateway } from './gateway-death.ts';
import { checkPopulations, countPopulations, farmOf, switchRulesOn } from './hostile.ts';
import { draw, type Scene } from './picture.ts';
import { createProgress, type Output } from './progress.ts';
import { checkProviders, hurtNotifications } from './provider-faults.ts';
import { makeReport, type Outcome } from './report.ts';
import { rushDraft } from './rush-draft.ts';
import { summaryLines } from './summary.ts';
import { auditAtRest, waitForRest } from './wait-for-rest.ts';

export interface DemoSurroundings {
  /** `say` receives a line for each step that takes a while. */
  startPlatform: (say: (line: string) => void) => Promise<DemoPlatform>;
  output: Output;
  /** Once aborted, the run rejects soon. */
  signal: AbortSignal;
  pace?: DemoPace;
}

/** `gateways`: processes that the demo may kill. */
export type DemoPlatform = RunningPlatform & Partial<Pick<Platform, 'gateways'>>;

/** For tests. */
export interface HostileOptions {
  /** False: the farm comes, but no rule is switched on. */
  hostileRules?: boolean;
}

/** Times that the demo chooses, ms. */
export interface DemoPace {
  /** The shortest time from the creation of the sale to its start. */
  lead: number;
  /** How long a winner waits for an order, and a payer for its effect, before they count as lost. */
  promise: number;
  /** The shortest time that losers hope for returned units. */
  patience: number;
}

const USUAL_PACE: DemoPace = { lead: 2_000, promise: 30_000, patience: 30_000 };

/** Connections of all buyers together to each gateway. */
const CONNECTIONS = 200;

/** By then every listener has acted on every event, and every saga has ended, although some services refuse or never answer. */
const DOWNSTREAM_WITHIN_MS = 180_000;

/** Runs one flash sale from the first sign-in to the audit. Resolves with true if the audit holds. */
export async function runDemo(
  options: DemoOptions & HostileOptions,
  { startPlatform, output, signal, pace = USUAL_PACE }: DemoSurroundings,
): Promise<boolean> {
  const progress = createProgress(output, options.quiet);
  const client = new HttpClient({
    connections: CONNECTIONS,
    timeoutMs: 15_000,
  });
  const scene: Scene = { ...options, phase: 'starting', crowd: undefined, startedAt: performance.now() };
  try {
    progress.say(`A flash sale: ${counted(options.buyers, 'buyer')}, ${counted(options.stock, 'unit')}. Starting the platform.`);
    progress.watch(() => draw(scene));
    const platform = await startPlatform((line) => progress.say(line));
    const outcome = await runSale(options, platform, client, { scene, signal, pace, say: (line) => progress.say(line) });
    progress.stop();
    output.write(`${summaryLines({ ...options, ...outcome }).join('\n')}\n`);
    if (options.jsonFile !== undefined) {
      writeFileSync(options.jsonFile, `${JSON.stringify(makeReport(outcome), undefined, 2)}\n`);
    }
    return outcome.audit.holds;
  } finally {
    progress.stop();
    client.close();
  }
}

async function runSale(
  {
    buyers,
    stock,
    abandon,
    payTimeoutSeconds,
    providers,
    admission = 'open',
    hostile = 0,
    hostileRules = true,
  }: DemoOptions & HostileOptions,
  platform: DemoPlatform,
  client: HttpClient,
  { scene, signal, pace, say }: { scene: Scene; signal: AbortSignal; pace: DemoPace; say: (line: string) => void },
): Promise<Outcome> {
  const { gatewayUrls: gateways, paymentsUrl, downstreamUrls } = platform;
  const [gateway = ''] = gateways;
  const operator = new Operator(platform, client);
  const clockOffsetMs = await readClockOffset(client, gateway);
  const payTimeoutMs = payTimeoutSeconds * 1000;
  const behaviour = behaviourOf({ abandon, admission }, payTimeoutMs, pace);
  const farm = farmOf(hostile);
  const crowd = new Crowd({ client, gateways, buyers, behaviour, clockOffsetMs, providers, paymentsUrl, farm });
  signal.addEventListener('abort', () => crowd.stop());
  scene.crowd = crowd;
  scene.phase = 'signing in';
  const signInsPerSecond = await crowd.signIn();

  scene.phase = admission === 'open' ? 'fetching purchase tokens' : 'joining';
  const { patienceMs } = behaviour;
  // Alipay and WeChat Pay take yuan only.
  const currency = providers === undefined ? 'EUR' : 'CNY';
  const paces = { payTimeoutSeconds, signInsPerSecond, clockOffsetMs, patienceMs, leadMs: pace.lead };
  if (farm !== undefined && hostileRules) await switchRulesOn(operator);
  const draft = rushDraft({ buyers: crowd.buyers.length, stock, currency, admission, ...paces });
  const sale = saleToRush(await operator.openSale(draft));
  if (providers !== undefined && paymentsUrl !== undefined) await hurtNotifications(client, paymentsUrl);
  if (downstreamUrls !== undefined) await followSale(operator, client, downstreamUrls, sale.saleId);
  const death =
    admission === 'open'
      ? undefined
      : killGateway(platform.gateways ?? [], { startsAt: sale.startsAt - clockOffsetMs, say, signal });
  await crowd.buy(sale);
  await death;
  signal.throwIfAborted();

  scene.phase = 'settling';
  await waitForRest(operator, sale.saleId, payTimeoutMs + 15_000);
  const settledMs = performance.now() - crowd.tally.openedAt;
  let books: DownstreamBooks | undefined;
  if (downstreamUrls !== undefined) {
    scene.phase = 'telling all that follows';
    books = await booksAtRest({ operator, client, urls: downstreamUrls, saleId: sale.saleId }, DOWNSTREAM_WITHIN_MS);
    await lookAgain({ client, gateway, buyers: crowd.buyers });
  }
  const { orders } = await waitForRest(operator, sale.saleId, payTimeoutMs + 15_000);
  scene.phase = 'auditing';
  const serverAudit = await auditAtRest(operator, sale.saleId);
  const view = await lookFromOutside({ client, gateway, stock, buyers: crowd.buyers });
  const found = checkFromOutside(view, orders, serverAudit.stockLeft);
  if (providers !== undefined && paymentsUrl !== undefined) {
    found.checks.push(...(await checkProviders(client, paymentsUrl, providers, crowd.buyers)));
  }
  if (books !== undefined) found.checks.push(...checkDownstream(books));
  if (admission !== 'open') found.checks.push(...checkRoom(crowd.buyers));
  const populations = farm && countPopulations(crowd.buyers);
  if (populations !== undefined) found.checks.push(...checkPopulations(populations));
  const audit = joinAudit(serverAudit, found);
  return {
    saleId: sale.saleId,
    buyers,
    stock,
    admission,
    tally: crowd.tally,
    orders,
    settledMs,
    refusedByWarehouse: refusedOf(books),
    populations,
    audit,
  };
}

function behaviourOf({ abandon, admission }: Pick<DemoOptions, 'abandon' | 'admission'>, payTimeoutMs: number, pace: DemoPace) {
  return {
    abandon,
    thinkMs: [100, Math.max(200, Math.min(3_000, payTimeoutMs * 0.4))] as const,
    patienceMs: Math.max(pace.patience, 4 * payTimeoutMs),
    promiseMs: Math.max(pace.promise, payTimeoutMs),
    // Who is late for a draw goes home at once.
    ...(admission === 'draw' ? { comeLate: 0.03 } : {}),
  };
}

const refusedOf = (books: DownstreamBooks | undefined): number =>
  books?.paidOrders.filter(({ saga }) => saga?.state === 'COMPENSATED').length ?? 0;
