import { createHash } from 'node:crypto';
import { PUBLIC_EVENTS, type PublicEvent } from 'seckill-core';
import type { App } from '../http/app-type.ts';
import { asyncApi } from '../http/asyncapi.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { margin: 0; }
h2 { margin: 2.5rem 0 .25rem; scroll-margin-top: 1rem; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { padding: 1rem; border: 1px solid #8886; border-radius: .5rem; white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .375rem .75rem .375rem 0; border-bottom: 1px solid #8883; text-align: left; vertical-align: top; }
nav { columns: 14rem; margin: 1rem 0; }
nav a { display: block; padding: .125rem 0; }
summary { margin: .75rem 0; cursor: pointer; }
@media (max-width: 40rem) { tr { display: block; padding: .5rem 0; border-bottom: 1px solid #8883; } th, td { display: block; padding: 0; border: 0; } thead { display: none; } }
`;
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** The events of the platform, for programs (AsyncAPI) and for people. */
export async function eventRoutes(app: App, { natsPrefix }: { natsPrefix: string | undefined }): Promise<void> {
  const document = asyncApi(natsPrefix);
  app.get('/asyncapi.json', { schema: { hide: true } }, async () => document);
  const page = pageOf(PUBLIC_EVENTS);
  app.get('/docs/events', { schema: { hide: true } }, (_request, reply) => {
    reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(page);
  });
}

const pageOf = (events: readonly PublicEvent[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Events</title><style>${STYLE}</style></head><body>
<main><h1>Events</h1>
<p>What happens to orders and sales, in the NATS stream <code>SECKILL_ORDERS</code>. Each message is a JSON array of
<a href="https://cloudevents.io">CloudEvents 1.0</a>, one or more. You can receive an event twice: skip one whose <code>source</code>
and <code>id</code> you have had. Programs read <a href="/asyncapi.json">/asyncapi.json</a>; the calls over HTTP are at <a href="/docs">/docs</a>.</p>
<nav aria-label="Events">${events.map(({ name }) => `<a href="#${name}"><code>${name}</code></a>`).join('')}</nav>
${events.map(sectionOf).join('\n')}
</main></body></html>`;

const sectionOf = ({ name, type, address, title, happens, schema, example }: PublicEvent): string => `<section>
<h2 id="${name}">${escaped(title)}</h2>
<p>${inWords(happens)}</p>
<p><code>${type}</code> on <code>${escaped(address)}</code></p>
<table><thead><tr><th>data</th><th>type</th><th>meaning</th></tr></thead>
<tbody>${rowsOf(schema.properties.data as Schema, '')}</tbody></table>
<details><summary>Example</summary><pre>${escaped(JSON.stringify(example, null, 2))}</pre></details>
</section>`;

/** What the page reads of a JSON schema. */
interface Schema {
  type?: string;
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly { const?: unknown }[];
}

function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): string {
  return Object.entries(properties)
    .map(([name, field]) => {
      const path = `${prefix}${name}`;
      const words = `${required.includes(name) ? '' : 'Optional. '}${field.description ?? ''}`;
      const row = `<tr><td><code>${path}</code></td><td>${typeOf(field)}</td><td>${inWords(words)}</td></tr>`;
      const inside = field.items ?? field;
      return row + (inside.properties === undefined ? '' : rowsOf(inside, `${path}${field.items === undefined ? '' : '[]'}.`));
    })
    .join('');
}

const typeOf = ({ type, anyOf }: Schema): string =>
  anyOf === undefined ? (type ?? '') : anyOf.map((each) => `<code>${escaped(String(each.const))}</code>`).join(', ');

const inWords = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
