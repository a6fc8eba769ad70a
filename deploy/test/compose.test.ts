import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram, root } from 'dev';
import { readConfig } from 'gateway';
import { readWorkerConfig } from 'order-worker';
import { readSandboxConfig } from 'payment-sandbox';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

interface Service {
  image?: string;
  build?: { dockerfile: string };
  command?: string[];
  /** A variable without a value has the one of .env, and is unset if .env has none. */
  environment?: Record<string, string | null>;
  networks?: string[];
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  restart?: string;
  volumes?: string[];
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; networks: object; volumes: object };
const services = Object.entries(compose.services);
const settings = new Map(
  Array.from(read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm), ([, name = '', value = '']) => [name, value]),
);
const secrets = [...settings].filter(([, value]) => value === '').map(([name]) => name);

/** The value that Docker Compose would insert with the settings of .env.example, and with a random one for each empty setting. */
function interpolate(value: string): string {
  return value.replace(
    /\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string, rest: string) =>
      settings.get(name) || (kind === '-' ? rest : `${name}-filled-`.padEnd(64, '0')),
  );
}

function environmentOf(name: string, env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(compose.services[name]?.environment ?? {}).map(([key, value]) => [
    key,
    value === null ? env[key] : interpolate(value),
  ]);
  return { NODE_ENV: 'production', ...Object.fromEntries(own) };
}

describe('docker-compose.yml', () => {
  test('uses the settings of .env.example and no others, except the names of images', () => {
    const asked = new Set(Array.from(text.matchAll(/(?<!\$)\$\{([A-Z_]+)/g), ([, name]) => name));
    expect([...asked].filter((name) => !name?.endsWith('_IMAGE')).sort()).toEqual([...settings.keys()].sort());
  });

  test('has no default for a secret: if one is missing, it stops', () => {
    expect(secrets.toSorted()).toEqual([
      'ADMIN_TOKEN',
      'JWT_SECRET',
      'NATS_PASSWORD',
      'PAYMENT_WEBHOOK_SECRET',
      'POSTGRES_PASSWORD',
      'REDIS_PASSWORD',
      'TOKEN_SECRET',
    ]);
    for (const name of secrets) {
      const uses = text.match(new RegExp(`\\$\\{${name}[^}]*\\}`, 'g')) ?? [];
      expect(uses.length).toBeGreaterThan(0);
      expect(uses.filter((use) => !use.startsWith(`\${${name}:?`))).toEqual([]);
    }
  });

  test('runs files that exist', () => {
    const files = services.flatMap(([, { build, command }]) => (build === undefined ? [] : [command?.at(-1) ?? '']));
    expect(files).toHaveLength(4);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test('gives each part an environment that it accepts in production', () => {
    expect(readConfig(environmentOf('gateway'))).toMatchObject({ port: 3000, host: '0.0.0.0', devLogin: false });
    expect(readWorkerConfig(environmentOf('order-worker'))).toMatchObject({ port: 3001, host: '0.0.0.0' });
    expect(readSandboxConfig(environmentOf('payment-sandbox'))).toMatchObject({ port: 3002, host: '0.0.0.0' });
  });

  test('keeps what the payment sandbox knows on a volume that its user can write to, and so do the manifests of Kubernetes', () => {
    const { stateFile = '' } = readSandboxConfig(environmentOf('payment-sandbox'));
    const folder = dirname(stateFile);
    const mounted = compose.services['payment-sandbox']?.volumes?.find((volume) => volume.endsWith(`:${folder}`));
    expect(Object.keys(compose.volumes)).toContain(mounted?.split(':')[0]);
    // A new named volume takes over what the image has there.
    expect(read('deploy/Dockerfile')).toMatch(/^WORKDIR \/app$[\s\S]*^RUN mkdir -m 1777 data$/m);
    expect(folder).toBe('/app/data');

    const [deployment, claim] = parseAllDocuments(read('deploy/kubernetes/payment-sandbox.yaml')).map((each) => each.toJS());
    const { securityContext, containers, volumes } = deployment.spec.template.spec;
    expect(containers[0].env).toContainEqual({ name: 'SANDBOX_STATE_FILE', value: stateFile });
    const { name } = containers[0].volumeMounts.find((mount: { mountPath: string }) => mount.mountPath === folder);
    expect(volumes).toContainEqual({ name, persistentVolumeClaim: { claimName: claim.metadata.name } });
    expect(securityContext.fsGroup).toBe(securityContext.runAsGroup);
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  test('passes on the second values of secrets, and so do the manifests of Kubernetes', () => {
    const previous = Object.fromEntries(
      ['JWT_SECRET', 'TOKEN_SECRET', 'ADMIN_TOKEN', 'PAYMENT_WEBHOOK_SECRET'].map((name) => [
        `${name}_PREVIOUS`,
        `an earlier ${name}`.padEnd(40, '.'),
      ]),
    );
    const { jwtPublicKey, ...given } = readConfig(environmentOf('gateway', previous)).previous;
    expect([Object.values(given).toSorted(), jwtPublicKey]).toEqual([Object.values(previous).toSorted(), undefined]);
    const webhookSecretPrevious = environmentOf('payment-sandbox', previous)['PAYMENT_WEBHOOK_SECRET_PREVIOUS'];
    expect(webhookSecretPrevious).toBe(previous['PAYMENT_WEBHOOK_SECRET_PREVIOUS']);
    const inGateway = read('deploy/kubernetes/gateway.yaml');
    for (const name of Object.keys(previous)) expect(inGateway).toContain(`key: ${name}, optional: true`);
    expect(read('deploy/kubernetes/payment-sandbox.yaml')).toContain('key: PAYMENT_WEBHOOK_SECRET_PREVIOUS, optional: true');
  });

  test('lets the gateway reach Redis and NATS, and not PostgreSQL', () => {
    const shared = (a: string, b: string) =>
      compose.services[a]?.networks?.filter((network) => compose.services[b]?.networks?.includes(network)).length;
    expect(shared('gateway', 'redis')).toBe(1);
    expect(shared('gateway', 'nats')).toBe(1);
    expect(shared('gateway', 'postgres')).toBe(0);
    expect(shared('nginx', 'redis')).toBe(0);
  });

  test('opens no ports except those of nginx and of the payment sandbox', () => {
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['nginx', 'payment-sandbox']);
  });

  test('starts each part when the parts it needs are ready', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const expected = needed === 'migrate' ? 'service_completed_successfully' : 'service_healthy';
        expect([name, needed, condition]).toEqual([name, needed, expected]);
        if (needed !== 'migrate') expect(compose.services[needed]?.healthcheck).toBeDefined();
      }
    }
  });
});

test('the image copies files that exist and that .dockerignore lets through', () => {
  const dockerfile = read('deploy/Dockerfile');
  const sources = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm), ([, files = '']) => files.split(' ')).flat();
  expect(sources.length).toBeGreaterThan(8);
  expect(sources.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  const letThrough =
    read('.dockerignore')
      .match(/^!(.+)$/gm)
      ?.map((line) => line.slice(1)) ?? [];
  const admits = (file: string) =>
    letThrough.some((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}(/|$)`).test(file));
  expect(sources.filter((file) => !admits(file))).toEqual([]);
  expect(admits('.env')).toBe(false);
});

test('make-env.sh makes different secrets, readable only by their owner, and never replaces them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seckill-env-'));
  try {
    mkdirSync(join(folder, 'deploy'));
    for (const file of ['.env.example', 'deploy/make-env.sh']) copyFileSync(join(root, file), join(folder, file));
    const run = () => execFileSync('sh', [join(folder, 'deploy/make-env.sh')], { stdio: 'pipe' });
    run();
    const made = readFileSync(join(folder, '.env'), 'utf8');
    const values = secrets.map((name) => new RegExp(`^${name}=([0-9a-f]{64})$`, 'm').exec(made)?.[1]);
    expect(new Set(values).size).toBe(secrets.length);
    expect(values).not.toContain(undefined);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(run).toThrow();
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(made);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(findProgram('nats-server') === undefined)('nats-server accepts deploy/nats/nats.conf', () => {
  const program = findProgram('nats-server') ?? '';
  expect(() => execFileSync(program, ['-t', '-c', join(root, 'deploy/nats/nats.conf')], { stdio: 'pipe' })).not.toThrow();
});
