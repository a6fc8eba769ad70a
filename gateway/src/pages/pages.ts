import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../http/app-type.ts';
import { SECURITY_HEADERS } from '../security/security-headers.ts';
import { HtmlPage } from './html-page.ts';

/** Settings for the pages, sent as `<meta name="seckill:dev-login" content="on">`. */
export interface PageSettings {
  /** The storefront offers the development login. */
  devLogin: boolean;
  /** The console offers to send simulated buyers. */
  simulatedBuyers: boolean;
}

export interface PagesOptions {
  settings: PageSettings;
  /** The output folder of Vite. */
  folder?: string;
}

const BUILT = fileURLToPath(new URL('../../web/dist', import.meta.url));
const ADDRESSES = {
  storefront: ['/', '/sale/:saleId', '/orders'],
  console: ['/console', '/console/*'],
} as const;

/** Serves the storefront and the operator's console as `vite build` made them. */
export async function pages(app: App, { settings, folder = BUILT }: PagesOptions): Promise<void> {
  for (const [name, addresses] of Object.entries(ADDRESSES)) {
    const file = join(folder, `${name}.html`);
    const send = existsSync(file) ? pageSender(readFileSync(file, 'utf8'), settings) : sendNotBuilt;
    for (const url of addresses) app.get(url, { schema: { hide: true } }, send);
  }
  if (!existsSync(join(folder, 'assets'))) return;
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    // One route per file: no other path is served.
    wildcard: false,
    preCompressed: true,
    // A file's name contains a hash of its content, so the content never changes.
    immutable: true,
    maxAge: '1y',
    setHeaders: (reply) => {
      reply.setHeader('x-content-type-options', SECURITY_HEADERS['x-content-type-options'] ?? '');
    },
  });
}

function pageSender(html: string, settings: PageSettings): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const metas = { 'dev-login': settings.devLogin, 'simulated-buyers': settings.simulatedBuyers };
  let filled = html;
  for (const [name, isOn] of Object.entries(metas)) {
    const off = `<meta name="seckill:${name}" content="off" />`;
    if (isOn) filled = filled.replace(off, off.replace('"off"', '"on"'));
  }
  const page = new HtmlPage(filled);
  return (request, reply) => page.send(request, reply);
}

function sendNotBuilt(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send('The pages are not built. Run "npm run build -w seckill-web", then restart the gateway.\n');
}
