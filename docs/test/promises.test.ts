import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from 'dev';
import { createMetrics, LISTENERS, PROVIDERS, SINKS } from 'order-worker';
import { describe, expect, test } from 'vitest';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const rootPages = [
  'README.md',
  'README.zh-CN.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'dev/README.md',
  'loadtest/README.md',
];
const pages = [...rootPages, ...markdownIn('docs')].filter((path) => existsSync(join(root, path)));

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

/** As GitHub makes them. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe.each(pages)('%s', (page) => {
  test('leads only to files and headings that exist', () => {
    const links = Array.from(
      read(page).matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g),
      ([, link, ofHtml]) => link ?? ofHtml ?? '',
    ).filter((link) => !/^[a-z]+:/.test(link));
    const dead = links.filter((link) => {
      const [path = '', heading] = link.split('#');
      const target = path === '' ? join(root, page) : resolve(root, dirname(page), path);
      if (!existsSync(target)) return true;
      if (heading === undefined || statSync(target).isDirectory()) return false;
      const headings = Array.from(readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm), ([, text = '']) => anchor(text));
      return !headings.includes(heading);
    });
    expect(dead).toEqual([]);
  });

  test('names tests that exist', () => {
    const missing = Array.from(read(page).matchAll(/`([\w/.-]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)).flatMap(
      ([, file = '', names = '']) => {
        if (!existsSync(join(root, file))) return [file];
        const text = read(file).replaceAll("\\'", "'");
        return Array.from(names.matchAll(/"([^"]+)"/g), ([, name = '']) => name)
          .filter((name) => !text.includes(name))
          .map((name) => `${file}: ${name}`);
      },
    );
    expect(missing).toEqual([]);
  });

  test('names npm commands that exist', () => {
    const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
    const named = Array.from(read(page).matchAll(/npm run ([a-z][\w:-]*)/g), ([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

test('docs/operations.md has every setting that a part reads, and no other', () => {
  // Providers and listeners have pages with their settings.
  const ofModules = [...PROVIDERS.values(), ...LISTENERS.values(), ...SINKS.values()].flatMap(({ settings }) =>
    Object.keys(settings.properties),
  );
  const settings = [
    'seckill-core/src/process/read-environment.ts',
    'gateway/src/config.ts',
    'gateway/src/secret-settings.ts',
    'order-worker/src/config.ts',
    'order-worker/src/sagas/configure-sagas.ts',
    'payment-sandbox/src/config.ts',
    'downstream-sandbox/src/config.ts',
  ].flatMap((file) =>
    Array.from(
      read(file).matchAll(/^ {2}([A-Z][A-Z_]+): (?:Type|Port|LogLevel|settings|text|previous)/gm),
      ([, name = '']) => name,
    ),
  );
  const namesIn = (text: string) =>
    Array.from(text.matchAll(/^\| ([^|]+) \|/gm)).flatMap(([, cell = '']) =>
      Array.from(cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g), ([, name = '']) => name),
    );
  const documented = namesIn(read('docs/operations.md').split('## Settings')[1] ?? '');
  const onTheirPages = ['docs/payments.md', 'docs/listeners.md', 'docs/data-hub.md'].flatMap((page) => namesIn(read(page)));
  expect(settings.length).toBeGreaterThan(15);
  const own = documented.filter((name) => !ofModules.includes(name) || settings.includes(name));
  expect(own.toSorted()).toEqual([...new Set(settings)].toSorted());
  expect(ofModules.length).toBeGreaterThan(3);
  expect(ofModules.filter((name) => !documented.includes(name) && !onTheirPages.includes(name))).toEqual([]);
});

test('the metrics in docs/operations.md, in the alert rules and in the dashboard are exported', async () => {
  const worker = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
  const gateway = read('gateway/src/telemetry/gauges.ts') + read('gateway/src/telemetry/registry.ts');
  const isExported = (name: string): boolean => {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    if (worker.includes(name) || worker.includes(base)) return true;
    if (gateway.includes(`'${base}'`)) return true;
    return name.startsWith('seckill_gateway_') && gateway.includes(` ${base.slice(16)}: {`);
  };
  for (const path of ['docs/operations.md', 'deploy/prometheus/alerts.yml', 'deploy/grafana/seckill.json']) {
    const names = new Set(read(path).match(/\bseckill_[a-z_]*[a-z]\b/g));
    expect(names.size).toBeGreaterThan(10);
    expect([...names].filter((name) => !isExported(name)).map((name) => `${relative(root, path)}: ${name}`)).toEqual([]);
  }
});
