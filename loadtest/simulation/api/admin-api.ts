import type { AdminSale, AuditReport, CreateSale, Overview } from 'seckill-core';
import { NoAnswer } from '../http/connection.ts';
import type { HttpClient, HttpRequest } from '../http/http-client.ts';
import { readApiAnswer } from './answer.ts';

export interface AdminAccess {
  /** Origin of a gateway, without a slash at its end. */
  gateway: string;
  adminToken: string;
}

const TRIES = 10;

/** What the operator's page sends. Every call may be repeated, so a fault that passes is tried again for some seconds. */
export class AdminApi {
  readonly #client: HttpClient;
  readonly #access: AdminAccess;

  constructor(client: HttpClient, access: AdminAccess) {
    this.#client = client;
    this.#access = access;
  }

  createSale(sale: CreateSale): Promise<AdminSale> {
    // Made twice where the first answer got lost: a draft nobody publishes harms nobody.
    return this.#call('POST', '/api/admin/sales', sale);
  }

  command(saleId: string, command: 'publish' | 'pause' | 'resume' | 'close'): Promise<AdminSale> {
    return this.#call('POST', `/api/admin/sales/${saleId}/${command}`);
  }

  audit(saleId: string): Promise<AuditReport> {
    return this.#call('GET', `/api/admin/sales/${saleId}/audit`);
  }

  overview(): Promise<Overview> {
    return this.#call('GET', '/api/admin/overview');
  }

  async #call<Value>(method: HttpRequest['method'], path: string, json?: unknown): Promise<Value> {
    const { gateway, adminToken } = this.#access;
    for (let tries = 1; ; tries += 1) {
      const what = `${method} ${path}`;
      let said: string;
      try {
        const answer = readApiAnswer<Value>(
          await this.#client.request({ method, url: gateway + path, bearer: adminToken, json }),
        );
        if (answer.ok) return answer.value;
        said = `${answer.code}: ${answer.detail}`;
        const passes = answer.code === 'UNAVAILABLE' || answer.code === 'RATE_LIMITED';
        if (!passes) throw new Error(`${what} at ${gateway} was answered ${said}`);
        await pause(answer.retryAfterMs ?? 500);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        said = `not at all (${error.message})`;
        await pause(500);
      }
      if (tries === TRIES) throw new Error(`${what} at ${gateway} was answered ${said}, ${TRIES} times.`);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
