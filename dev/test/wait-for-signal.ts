// A script for front-door.test.ts: says its pid, waits for a signal, takes a moment to clean up.
import { setTimeout as sleep } from 'node:timers/promises';
import { stopOnSignal } from '../processes/stop-on-signal.ts';

stopOnSignal(() => sleep(100), { exitCode: 7 });
console.log(process.pid);
setInterval(() => {}, 1000);
