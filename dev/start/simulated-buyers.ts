import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Crowd, HttpClient } from 'simulation';

export interface SimulatedBuyers {
  /** For the gateway: SIMULATED_BUYERS_URL. */
  readonly url: string;
  /** Buyers use these gateways; no buyer comes before it is set. */
  gateways: readonly string[];
  stop(): void;
}

interface CrowdRequest {
  saleId: string;
  buyers: number;
}

interface Sale {
  admission?: 'open' | 'queue' | 'draw';
  startsAt: string;
  payTimeoutSeconds: number;
  items: { itemId: string; stock: number }[];
}

const CONNECTIONS = 100;

/** Sends buyers to a sale when the gateway asks for them (the console's button). Listens on loopback, at a random path. */
export async function startSimulatedBuyers(say: (line: string) => void): Promise<SimulatedBuyers> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const client = new HttpClient({ connections: CONNECTIONS, timeoutMs: 15_000 });
  const crowds = new Set<Crowd>();
  const server = createServer((request, response) => {
    const answer = (status: number) => response.writeHead(status).end();
    if (request.method !== 'POST' || request.url !== path) return answer(404);
    read(request)
      .then(send)
      .then(
        () => answer(202),
        (error: Error) => {
          say(`Simulated buyers could not be sent: ${error.message}`);
          answer(500);
        },
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();

  const buyers: SimulatedBuyers = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    gateways: [],
    stop() {
      for (const crowd of crowds) crowd.stop();
      client.close();
      server.close();
    },
  };

  /** Divides the buyers among the items. */
  async function send({ saleId, buyers: count }: CrowdRequest): Promise<void> {
    const { body } = await client.request({ method: 'GET', url: `${buyers.gateways[0]}/api/sales/${saleId}` });
    const sale = JSON.parse(body) as Sale;
    for (const [i, { itemId, stock }] of sale.items.entries()) {
      const share = Math.floor(count / sale.items.length) + (i < count % sale.items.length ? 1 : 0);
      if (share > 0) void rush({ saleId, itemId, stock, ...timesOf(sale) }, share, sale.payTimeoutSeconds * 1_000);
    }
  }

  async function rush(sale: Parameters<Crowd['buy']>[0], count: number, payTimeoutMs: number): Promise<void> {
    const crowd = new Crowd({
      client,
      gateways: buyers.gateways,
      buyers: count,
      name: `visitor-${randomBytes(3).toString('hex')}`,
      behaviour: { thinkMs: [500, Math.min(payTimeoutMs * 0.6, 15_000)], patienceMs: 2.5 * payTimeoutMs },
    });
    crowds.add(crowd);
    await crowd.buy(sale).catch((error: Error) => say(`Simulated buyers gave up: ${error.message}`));
    crowds.delete(crowd);
  }

  return buyers;
}

/** They never miss a turn: a public sale does not say when one is missed. */
const timesOf = ({ startsAt, admission = 'open' }: Sale) => ({ startsAt: Date.parse(startsAt), admission, staleMs: 0 });

async function read(request: IncomingMessage): Promise<CrowdRequest> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as CrowdRequest;
}
