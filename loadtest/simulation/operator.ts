import type { AdminSale, AuditReport, CreateSale, Job, Overview } from 'seckill-core';
import { readApiAnswer } from './api/answer.ts';
import { NoAnswer } from './http/connection.ts';
import { HttpClient, type HttpRequest } from './http/http-client.ts';

/** A platform that serves, wherever it runs. */
export interface RunningPlatform {
  /** Origins, without a slash at the end. */
  readonly gatewayUrls: readonly string[];
  readonly adminToken: string;
  /** Origin of the payment sandbox, if there is one. */
  readonly paymentsUrl?: string;
  /** Origins of the downstream sandboxes that stand in for each service, if there are any. One may stand in for all. */
  readonly downstreamUrls?: Readonly<Record<'mail' | 'messages' | 'webhooks' | 'warehouse', string>>;
}

export type SaleCommand = 'publish' | 'pause' | 'resume' | 'close';

const WITHIN_MS = 30_000;
const RETRY_MS = 200;
const LOOK_EVERY_MS = 1_000;

/**
 * The calls of the operator's page. Every call may be repeated, so a call tries one gateway after another until one gives a good answer. It
 * throws after `withinMs`, and at once if the answer is a refusal (400 to 499, except 429).
 */
export class Operator {
  readonly #platform: RunningPlatform;
  readonly #client: HttpClient;

  constructor({ gatewayUrls, adminToken }: RunningPlatform, client: HttpClient = new HttpClient({ connections: 10 })) {
    this.#platform = { gatewayUrls, adminToken };
    this.#client = client;
  }

  /** Creates and publishes a sale. */
  async openSale(sale: CreateSale): Promise<AdminSale> {
    const { saleId } = await this.createSale(sale);
    return this.command(saleId, 'publish');
  }

  /** Creates a second draft if the first answer was lost. A draft that is never published does no harm. */
  createSale(sale: CreateSale): Promise<AdminSale> {
    return this.call('POST', '/sales', sale);
  }

  command(saleId: string, command: SaleCommand): Promise<AdminSale> {
    return this.call('POST', `/sales/${saleId}/${command}`);
  }

  sale(saleId: string): Promise<AdminSale> {
    return this.call('GET', `/sales/${saleId}`);
  }

  async audit(saleId: string, withinMs = WITHIN_MS): Promise<AuditReport> {
    const until = performance.now() + withinMs;
    const answer = await this.call<AuditReport | Job>('GET', `/sales/${saleId}/audit`, undefined, withinMs);
    return 'jobId' in answer ? this.#follow(answer, until) : answer;
  }

  /** Waits for the result of an audit that takes longer than the platform waits with its answer. */
  async #follow({ jobId }: Job, until: number): Promise<AuditReport> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      const { state, result, problem, progress } = await this.call<Job>('GET', `/jobs/${jobId}`);
      if (state === 'DONE') return result as AuditReport;
      if (problem !== undefined) throw new Error(`Job ${jobId} failed: ${problem.code}: ${problem.detail}`);
      if (performance.now() > until)
        throw new Error(
          `Job ${jobId} has not ended in time: it is ${state} with ${progress.done} of ${progress.total} ${progress.unit}.`,
        );
    }
  }

  overview(withinMs?: number): Promise<Overview> {
    return this.call('GET', '/overview', undefined, withinMs);
  }

  /** The sale's line of the overview; undefined if the overview does not list the sale. */
  async saleInOverview(saleId: string): Promise<Overview['sales'][number] | undefined> {
    return (await this.overview()).sales.find((sale) => sale.saleId === saleId);
  }

  /** Any call of the admin API; `path` is the part after `/api/admin`. */
  async call<Value>(method: HttpRequest['method'], path: string, json?: object, withinMs = WITHIN_MS): Promise<Value> {
    const { gatewayUrls, adminToken } = this.#platform;
    const until = performance.now() + withinMs;
    for (let tries = 0; ; tries += 1) {
      const url = `${gatewayUrls[tries % gatewayUrls.length]}/api/admin${path}`;
      let problem: string;
      let retryAfterMs = RETRY_MS;
      let refused = false;
      try {
        const response = await this.#client.request({ method, url, bearer: adminToken, json });
        const answer = readApiAnswer<Value>(response);
        if (answer.ok) return answer.value;
        problem = `was answered ${response.status} ${answer.code}: ${answer.detail}`;
        retryAfterMs = answer.retryAfterMs ?? RETRY_MS;
        refused = response.status < 500 && response.status !== 429;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        problem = `had no answer: ${error.message}`;
      }
      if (refused || performance.now() + retryAfterMs > until)
        throw new Error(`${method} ${url} ${problem}${tries === 0 ? '' : `, after ${tries} retries`}`);
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  }
}
