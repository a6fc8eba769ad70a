import { ControlledProcess, type ProgramToRun } from '../processes/controlled-process.ts';
import type { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { freePort } from './free-port.ts';

/** Another program may take the port between the check and the start: then the start is repeated with a new port. */
export async function startOnFreePort(
  home: ThrowAwayFolder,
  programAt: (port: number) => ProgramToRun,
): Promise<{ port: number; controlled: ControlledProcess }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const controlled = new ControlledProcess(home, programAt(port));
    try {
      await controlled.start();
      return { port, controlled };
    } catch (error) {
      if (attempt === 5 || !/in use/i.test((error as Error).message)) throw error;
    }
  }
}
