import { type Flag, flag, UsageError } from 'seckill-core';

/** `--gateway`: the origin of a platform that is already running, without a slash at its end. */
export function runningGateway(): Flag<string | undefined> {
  const does = 'use this running platform, with DEV_LOGIN=true; ADMIN_TOKEN is read from the environment';
  return flag.valued(does, { value: 'URL' }, (given, name) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url?.protocol === 'http:' && url.pathname === '/') return url.origin;
    throw new UsageError(`--${name} takes an address like http://127.0.0.1:3000, not "${given}".`);
  });
}
