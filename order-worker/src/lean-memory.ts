import { setFlagsFromString } from 'node:v8';

/**
 * Must be imported before anything else. Prisma plans its queries in WASM, and the hot statements bypass its planner. Optimising that planner
 * would cost 45 MiB, and both cores for the first second, without a measurable gain.
 */
setFlagsFromString('--liftoff-only');
