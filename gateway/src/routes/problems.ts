import { ANSWERS } from 'seckill-core';
import type { App } from '../http/app-type.ts';
import { PROBLEMS_PATH } from '../http/problem.ts';

/** The page that the `type` of every problem links to: the table of codes. */
export async function problemsPage(app: App): Promise<void> {
  const rows = Object.entries(ANSWERS).map(
    ([code, { status, title, detail }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escaped(title)}. ${escaped(detail)}</td></tr>`,
  );
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Problems</title><h1>Problems</h1><p>Every code that an answer of type <code>application/problem+json</code> can have.</p>
<table><thead><tr><th>code<th>status<th>meaning</thead><tbody>${rows.join('\n')}</tbody></table></html>`;

  app.get(PROBLEMS_PATH, { schema: { hide: true } }, (_request, reply) => {
    reply.header('content-security-policy', "default-src 'none'").type('text/html; charset=utf-8').send(page);
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
