import { delimiter, join } from 'node:path';
import { isProgram } from 'dev';

/** The program that K6 names, if it is set; else the first k6 on the PATH. */
export function findK6(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env['K6'] !== undefined && env['K6'] !== '') return isProgram(env['K6']) ? env['K6'] : undefined;
  return (env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'k6'))
    .find(isProgram);
}

export function howToGetK6(): string {
  return `k6 is not on the PATH of this machine. Install it in one of these ways, then run the command again:

  macOS            brew install k6
  Debian, Ubuntu   the package k6 of the repository https://dl.k6.io/deb (see https://grafana.com/docs/k6/latest/set-up/install-k6/)
  Go 1.24 or newer go install go.k6.io/k6@latest
  Docker           docker run --rm --network host -v "$PWD:/work" -w /work -e GATEWAY -e ADMIN_TOKEN grafana/k6 run loadtest/k6/rush.ts

Set K6=/path/to/k6 to use one that is not on the PATH. Without k6, "npm run load" runs a short version of the rush.`;
}
