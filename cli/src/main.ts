import { interruptsOf } from './command/on-interrupt.ts';
import { printable } from './command/printable.ts';
import { progressPrinter } from './command/progress-printer.ts';
import { seckill } from './seckill.ts';

// A reader such as `head` has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await seckill(process.argv.slice(2), {
  env: process.env,
  print: (text) => console.log(printable(text)),
  printError: (text) => console.error(printable(text)),
  progress: progressPrinter(process.stderr),
  onInterrupt: interruptsOf(process),
});
