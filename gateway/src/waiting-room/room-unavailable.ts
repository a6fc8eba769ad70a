import { Problem } from 'seckill-core';

const RETRY_AFTER_MS = 1_000;

/** The room cannot answer at the moment. The retries spread over a second. */
export const roomUnavailable = (): Problem =>
  new Problem('UNAVAILABLE', undefined, Math.ceil(RETRY_AFTER_MS * (0.5 + Math.random())));
