import { setFlagsFromString } from 'node:v8';

/**
 * Before anything else is imported. Prisma plans its queries in WASM, and the hot statements are not planned at all: V8's optimised code of the
 * planner would take 45 MiB, and both cores for a second of the start, for nothing that shows in any figure.
 */
setFlagsFromString('--liftoff-only');
