export type ServerName = 'redis' | 'nats' | 'postgres';

export const debianPackages: Record<ServerName, string> = { redis: 'redis-server', nats: 'nats-server', postgres: 'postgresql' };
const brewFormulas: Record<ServerName, string> = { redis: 'redis', nats: 'nats-server', postgres: 'postgresql@17' };
const programs: Record<ServerName, string> = {
  redis: 'redis-server',
  nats: 'nats-server',
  postgres: 'PostgreSQL (initdb, postgres)',
};

const containers: Record<ServerName, string[]> = {
  redis: [
    'docker run -d --name seckill-redis -p 127.0.0.1:6379:6379 redis:7 redis-server --appendonly yes --maxmemory-policy noeviction',
    'export REDIS_URL=redis://127.0.0.1:6379',
  ],
  nats: [
    'docker run -d --name seckill-nats -p 127.0.0.1:4222:4222 nats:2 -js -sd /data',
    'export NATS_URL=nats://127.0.0.1:4222',
  ],
  postgres: [
    'docker run -d --name seckill-postgres -p 127.0.0.1:5432:5432 -e POSTGRES_USER=seckill -e POSTGRES_PASSWORD=seckill postgres:17',
    'export DATABASE_URL=postgresql://seckill:seckill@127.0.0.1:5432/seckill',
  ],
};

/** What a person has to do if servers are missing and this program can't install them. */
export function howToInstall(missing: readonly ServerName[], whyNotHere: string): string {
  const list = (of: Record<ServerName, string>) => missing.map((name) => of[name]).join(' ');
  return [
    `Not found on this machine: ${missing.map((name) => programs[name]).join(', ')}. ${whyNotHere}`,
    '',
    'Install them in one of these ways, then run the command again:',
    '',
    `  Debian, Ubuntu   sudo apt-get update && sudo apt-get install -y ${list(debianPackages)}`,
    `  macOS            brew install ${list(brewFormulas)}`,
    `  Docker           ${missing.flatMap((name) => containers[name]).join('\n                   ')}`,
  ].join('\n');
}
