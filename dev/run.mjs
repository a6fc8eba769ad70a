#!/usr/bin/env node
// The front door: every `npm run …` of this repository starts here, on a fresh clone too. It sets up what is
// missing (packages, Prisma client, types of the API, pages), then runs the command's script. Only Node itself is needed up to there.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Seckill needs Node 20.19 or newer; this is ${process.versions.node}. Get one from https://nodejs.org or with nvm, fnm or volta.`,
  );
  process.exit(1);
}

const { commands } = await import('./setup/commands.mjs');
const { setUp } = await import('./setup/set-up.mjs');
const { runScript } = await import('./setup/run-script.mjs');

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  const width = Math.max(...Object.keys(commands).map(({ length }) => length));
  const lines = Object.entries(commands).map(([command, { does }]) => `  ${command.padEnd(width)}  ${does}`);
  console.error(`${name === '' ? 'Name a command.' : `There is no command "${name}".`} The commands:\n\n${lines.join('\n')}`);
  process.exit(2);
}

try {
  await setUp(command);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
if (command.script !== undefined) runScript(command.script, [...(command.args ?? []), ...args]);
