import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlledProcess } from '../processes/controlled-process.ts';
import type { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { findProgram } from '../servers/find-program.ts';
import { freePort } from '../servers/free-port.ts';

export const nginxConfiguration = fileURLToPath(new URL('../../deploy/nginx', import.meta.url));

export interface NginxOptions {
  /** Ports of the gateways on this machine. */
  gatewayPorts: readonly number[];
  /** Changes to files of deploy/nginx, by name. */
  edit?: Readonly<Record<string, (shipped: string) => string>>;
  /** Text for the http block, after the shipped server; `ports` are two more free ports. */
  more?: (ports: readonly [number, number]) => string;
  /** Name of the folder, needed if there are several. */
  name?: string;
  /** Default: a free one. */
  port?: number;
}

export interface Nginx {
  url: string;
  port: number;
  /** The ports that `more` got. */
  morePorts: readonly [number, number];
  /** Holds nginx.conf, its temporary files and its log. */
  folder: string;
  stop(): Promise<void>;
}

/**
 * Starts nginx with the shipped configuration. Only the two files that say where nginx listens and where the gateways are
 * change: they get ports of this machine.
 */
export async function startNginx(home: ThrowAwayFolder, options: NginxOptions): Promise<Nginx> {
  const { name = 'nginx' } = options;
  const program = findProgram('nginx');
  if (program === undefined) throw new Error('There is no nginx here.');
  const port = options.port ?? (await freePort());
  const morePorts = [await freePort(), await freePort()] as const;
  const folder = home.sub(name);
  writeConfiguration(folder, port, morePorts, options);
  const nginx = new ControlledProcess(home, {
    name,
    program,
    // If root starts nginx, its workers run as another user, which may not enter the throw-away folder.
    args: [
      '-e',
      'stderr',
      '-p',
      `${folder}/`,
      '-c',
      join(folder, 'nginx.conf'),
      '-g',
      process.getuid?.() === 0 ? 'daemon off; user root;' : 'daemon off;',
    ],
    // TERM cuts open connections; QUIT would wait for a live stream to end.
    stopSignal: 'SIGTERM',
    stopWithinMs: 5_000,
    guardSignal: 'KILL',
    isReady: () => answers(`http://127.0.0.1:${port}/nginx/healthz`),
    readyWithinMs: 60_000,
  });
  await nginx.start();
  return { url: `http://127.0.0.1:${port}`, port, morePorts, folder, stop: () => nginx.stop() };
}

function writeConfiguration(folder: string, port: number, morePorts: readonly [number, number], options: NginxOptions): void {
  const { gatewayPorts, edit = {}, more } = options;
  cpSync(nginxConfiguration, folder, { recursive: true });
  const change = (file: string, to: (text: string) => string) => {
    writeFileSync(join(folder, file), to(readFileSync(join(folder, file), 'utf8')));
  };
  change('listen.conf', (text) => text.replace('listen 8080 ', `listen 127.0.0.1:${port} `));
  const servers = gatewayPorts.map((each) => `  server 127.0.0.1:${each} max_fails=3 fail_timeout=2s;`).join('\n');
  writeFileSync(
    join(folder, 'upstream.conf'),
    readFileSync(join(nginxConfiguration, 'upstream.static.conf.example'), 'utf8').replace(/( {2}server .*\n)+/, `${servers}\n`),
  );
  for (const [file, to] of Object.entries(edit)) change(file, to);
  // The last line closes the http block.
  if (more !== undefined) change('nginx.conf', (text) => text.replace(/\}\s*$/, () => `${more(morePorts)}\n}\n`));
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
