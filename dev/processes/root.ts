import { fileURLToPath } from 'node:url';

/** The repository's folder: where `node --import tsx <package>/src/main.ts` finds both tsx and the script. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
