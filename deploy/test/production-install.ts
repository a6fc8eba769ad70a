import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, runProgram } from 'dev';

interface Step {
  instruction: 'COPY' | 'RUN';
  text: string;
}

/** The steps of each stage, by the stage's name; the last one has none and is found under ''. */
function readStages(dockerfile: string): ReadonlyMap<string, readonly Step[]> {
  const stages = new Map<string, Step[]>();
  let steps: Step[] = [];
  // Docker drops comment lines inside a continued line, and so does this.
  const lines = dockerfile.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ');
  for (const line of lines.split('\n')) {
    const [instruction = '', ...words] = line.trim().split(/\s+/);
    if (instruction === 'FROM') {
      const parent = stages.get(words[0] ?? '') ?? [];
      steps = [...parent];
      stages.set(words[2] ?? '', steps);
    } else if (instruction === 'COPY' || instruction === 'RUN') {
      steps.push({ instruction, text: line.trim().slice(instruction.length).trim() });
    }
  }
  return stages;
}

/**
 * Builds in `folder` what deploy/Dockerfile builds in an image's /app: the same files and the same `npm ci`, without Docker.
 * The Prisma client and the pages, which other stages build, are the checkout's.
 */
export async function installAsInTheImage(folder: string): Promise<void> {
  const stages = readStages(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'));
  const steps = [...(stages.get('packages') ?? []), ...(stages.get('') ?? [])];
  for (const { instruction, text } of steps) {
    if (instruction === 'RUN') await runShell(text, folder);
    else copy(text.split(/\s+/), folder);
  }
  // The image has /app; this has a folder.
  const command = join(folder, 'usr/local/bin/seckill');
  writeFileSync(command, readFileSync(command, 'utf8').replace('/app/', `${folder}/`));
  chmodSync(command, 0o755);
}

function copy(words: readonly string[], folder: string): void {
  const [first = '', ...rest] = words;
  // The stage before this one worked in the same folder.
  if (first === '--from=packages') return;
  const paths = first.startsWith('--from=') ? rest.map((path) => path.replace(/^\/app\//, '')) : words;
  const to = paths.at(-1) ?? '';
  for (const from of paths.slice(0, -1)) {
    const source = join(root, from);
    const target = join(folder, to.endsWith('/') ? join(to, from.split('/').at(-1) ?? '') : to);
    mkdirSync(dirname(target), { recursive: true });
    // .dockerignore keeps them out.
    const isIgnored = (path: string) => /\/node_modules(\/|$)/.test(path.slice(root.length));
    if (statSync(source).isDirectory()) cpSync(source, target, { recursive: true, filter: (path) => !isIgnored(path) });
    else cpSync(source, target);
  }
}

async function runShell(command: string, cwd: string): Promise<void> {
  // The cache of the checkout's own install has every package.
  const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_loglevel: 'error' };
  const { code, output } = await runProgram('sh', ['-ec', command], { cwd, env });
  if (code !== 0) throw new Error(`exit code ${code}: ${command}\n${output}`);
}
