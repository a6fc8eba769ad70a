import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { RunningPlatform } from 'simulation';
import { differentPorts } from './different-ports.ts';
import type { Part } from './part.ts';

/** The services that follow orders. */
const SERVICES = ['mail', 'messages', 'webhooks', 'warehouse'] as const;
type DownstreamService = (typeof SERVICES)[number];

export interface Downstream {
  /** The process that stands in for each service. */
  parts: Readonly<Record<DownstreamService, Part>>;
  urls: NonNullable<RunningPlatform['downstreamUrls']>;
  /** Settings of the workers that tell it of orders. */
  workers: Record<string, string>;
}

type PartMaker = (name: string, script: string, own: Record<string, string>, readyUrl: string) => Part;

interface Sandbox {
  part: Part;
  url: string;
  smtpUrl: string;
}

/** A downstream sandbox that can be started. `apart`: one for each service, so that each can break alone. Its books are in `folder`. */
export async function startableDownstream(part: PartMaker, folder: string, how: 'together' | 'apart'): Promise<Downstream> {
  const secret = randomBytes(32).toString('hex');
  const make = async (name: string): Promise<Sandbox> => {
    const [httpPort = 0, smtpPort = 0] = await differentPorts(2);
    const url = `http://127.0.0.1:${httpPort}`;
    const settings = {
      DOWNSTREAM_PORT: String(httpPort),
      DOWNSTREAM_SMTP_PORT: String(smtpPort),
      WAREHOUSE_SECRET: secret,
      DOWNSTREAM_STATE_FILE: join(folder, `${name}.jsonl`),
    };
    const sandbox = part(name, 'downstream-sandbox/src/main.ts', settings, `${url}/healthz`);
    return { part: sandbox, url, smtpUrl: `smtp://127.0.0.1:${smtpPort}` };
  };
  const one = how === 'apart' ? undefined : await make('downstream');
  const made: [DownstreamService, Sandbox][] = [];
  for (const service of SERVICES) made.push([service, one ?? (await make(service))]);
  const of = Object.fromEntries(made) as Record<DownstreamService, Sandbox>;
  const each = <Value>(pick: (sandbox: Sandbox) => Value) =>
    Object.fromEntries(made.map(([service, sandbox]) => [service, pick(sandbox)])) as Record<DownstreamService, Value>;
  return {
    parts: each((sandbox) => sandbox.part),
    urls: each(({ url }) => url),
    workers: {
      SMTP_URL: of.mail.smtpUrl,
      MAIL_FROM: 'orders@shop.example',
      SMS_URL: `${of.messages.url}/sms`,
      SMS_EVENTS: 'paid,refunded',
      CONTACT_URL: `${of.messages.url}/contacts`,
      SAGAS: 'after-paid',
      SAGA_POINTS_PER_UNIT: '1',
      SAGA_COUPON: 'thanks',
      WAREHOUSE_URL: `${of.warehouse.url}/warehouse`,
      WAREHOUSE_SECRET: secret,
      WEBHOOK_ALLOW_PRIVATE: 'true',
    },
  };
}
