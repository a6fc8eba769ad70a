/**
 * Between two looks of the event loop's monitor, ms. Its metrics include this pause: an idle loop shows 0.1 s. prom-client's default of 10 ms
 * wakes an idle process a hundred times a second, a third of what it costs.
 */
export const LOOP_MONITOR_MS = 100;
