import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { LOOP_MONITOR_MS } from 'seckill-core';

/** The worker's Prometheus metrics. Each worker has its own registry, so that tests can run several in one process. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    ...orderMetrics(registers),
    ...paymentMetrics(registers),
    ...backlogMetrics(registers),
    ...auditMetrics(registers),
    ...callMetrics(registers),
    ...jobMetrics(registers),
    ...listenerMetrics(registers),
    ...sagaMetrics(registers),
    ...dataHubMetrics(registers),
  };
}
export type WorkerMetrics = ReturnType<typeof createMetrics>;

/** What becomes of orders, and how long each step takes. */
function orderMetrics(registers: Registry[]) {
  return {
    ordersCreated: new Counter({ name: 'seckill_orders_created_total', help: 'Orders created from reservations', registers }),
    ordersRejected: new Counter({
      name: 'seckill_orders_rejected_total',
      help: 'Reservations that could not become an order',
      labelNames: ['reason'],
      registers,
    }),
    ordersCancelled: new Counter({
      name: 'seckill_orders_cancelled_total',
      help: 'Orders cancelled, by reason',
      labelNames: ['reason'],
      registers,
    }),
    ordersPaid: new Counter({ name: 'seckill_orders_paid_total', help: 'Orders paid', registers }),
    refunds: new Counter({
      name: 'seckill_refunds_total',
      help: 'Refunds decided, by reason',
      labelNames: ['reason'],
      registers,
    }),
    refundsSettled: new Counter({
      name: 'seckill_refunds_settled_total',
      help: 'Refunds of which the provider has said the end, by state: DONE or REFUSED',
      labelNames: ['state'],
      registers,
    }),
    orderBatchSize: new Histogram({
      name: 'seckill_order_batch_size',
      help: 'Reservations in one transaction',
      buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500],
      registers,
    }),
    orderBatchSeconds: new Histogram({
      name: 'seckill_order_batch_seconds',
      help: 'Duration of the transaction that creates the orders of a batch',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    deadlineLatenessSeconds: new Histogram({
      name: 'seckill_deadline_lateness_seconds',
      help: 'How long after payBy an unpaid order was cancelled',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 120],
      registers,
    }),
  };
}

/** What the providers say, and what waits for them. */
function paymentMetrics(registers: Registry[]) {
  return {
    notifications: new Counter({
      name: 'seckill_payment_notifications_total',
      help: 'Notifications of payment providers, by provider and kind: events, or invalid (wrong signature or form)',
      labelNames: ['provider', 'kind'],
      registers,
    }),
    closingOrders: new Gauge({
      name: 'seckill_closing_orders',
      help: 'Orders that are due and wait for a provider to close their checkout',
      registers,
    }),
    closingOldest: new Gauge({
      name: 'seckill_closing_oldest_seconds',
      help: 'For how long the oldest of these orders has waited; 0 if there is none',
      registers,
    }),
    waitingEvents: new Gauge({
      name: 'seckill_waiting_events',
      help: 'Events of payments and refunds that are not published yet',
      registers,
    }),
    waitingOldest: new Gauge({
      name: 'seckill_waiting_event_oldest_seconds',
      help: 'For how long the oldest of these events has waited; 0 if there is none',
      registers,
    }),
    refundsOpen: new Gauge({ name: 'seckill_refunds_open', help: 'Refunds that no provider has done or refused yet', registers }),
    refundsRefused: new Gauge({
      name: 'seckill_refunds_refused',
      help: 'Refunds that their provider has refused, and that wait for an operator',
      registers,
    }),
    refundOldest: new Gauge({
      name: 'seckill_refund_oldest_seconds',
      help: 'For how long the oldest refund has waited, by state: unsent (no provider has answered) or pending (its provider decides later); 0 if there is none',
      labelNames: ['state'],
      registers,
    }),
    checkoutsGivenUp: new Counter({
      name: 'seckill_checkouts_given_up_total',
      help: 'Checkouts that no provider could close within a day',
      registers,
    }),
  };
}

/** What waits, and what moves it on. */
function backlogMetrics(registers: Registry[]) {
  return {
    outboxSize: new Gauge({ name: 'seckill_outbox_size', help: 'Reservations that wait for JetStream', registers }),
    relayed: new Counter({ name: 'seckill_relayed_total', help: 'Reservations published from the outbox', registers }),
    rebuilds: new Counter({ name: 'seckill_item_rebuilds_total', help: 'Items opened or rebuilt in Redis', registers }),
    roomRebuilds: new Counter({
      name: 'seckill_room_rebuilds_total',
      help: 'Waiting rooms opened or rebuilt in Redis',
      registers,
    }),
    restored: new Counter({
      name: 'seckill_restored_total',
      help: 'Orders and payments that PostgreSQL had lost, brought back from the streams without a command',
      registers,
    }),
    sweptOrders: new Counter({ name: 'seckill_swept_orders_total', help: 'Overdue orders that only the sweep found', registers }),
    consumerPending: new Gauge({
      name: 'seckill_consumer_pending',
      help: 'Messages not delivered yet, by consumer',
      labelNames: ['consumer'],
      registers,
    }),
    consumerBehind: new Gauge({
      name: 'seckill_consumer_behind_seconds',
      help: 'Age of the oldest message that no worker has finished, by consumer; 0 if there is none',
      labelNames: ['consumer'],
      registers,
    }),
    streamBytes: new Gauge({ name: 'seckill_stream_bytes', help: 'Bytes in a stream', labelNames: ['stream'], registers }),
    streamLimit: new Gauge({
      name: 'seckill_stream_limit_bytes',
      help: 'Bytes that a stream may hold; 0 if it has no limit',
      labelNames: ['stream'],
      registers,
    }),
    oldestBatch: new Gauge({
      name: 'seckill_oldest_batch_seconds',
      help: 'How long the oldest batch of winners, payments or deadlines has been tried; 0 if there is none',
      registers,
    }),
    deadLetters: new Gauge({
      name: 'seckill_dead_letters',
      help: 'Messages in the dead letters, by consumer',
      labelNames: ['consumer'],
      registers,
    }),
  };
}

/** The calls from the gateways, by kind. */
function callMetrics(registers: Registry[]) {
  return {
    callsRunning: new Gauge({ name: 'seckill_calls_running', help: 'Calls that run, by call', labelNames: ['call'], registers }),
    callsWaiting: new Gauge({
      name: 'seckill_calls_waiting',
      help: 'Calls that wait for one of their kind to end, by call',
      labelNames: ['call'],
      registers,
    }),
    callsDropped: new Counter({
      name: 'seckill_calls_dropped_total',
      help: 'Calls that were not started, by call and reason: full, late (the caller had given up) or stopping',
      labelNames: ['call', 'reason'],
      registers,
    }),
    callWaitSeconds: new Histogram({
      name: 'seckill_call_wait_seconds',
      help: 'How long a call waited before it started, by call',
      labelNames: ['call'],
      buckets: [0.001, 0.01, 0.1, 0.5, 1, 2.5],
      registers,
    }),
  };
}

/** The audits, reports and repairs that operators ask for. */
function jobMetrics(registers: Registry[]) {
  return {
    jobs: new Gauge({
      name: 'seckill_jobs',
      help: 'Jobs that wait or run on any worker, by kind and state',
      labelNames: ['kind', 'state'],
      registers,
    }),
    jobOldest: new Gauge({
      name: 'seckill_job_oldest_queued_seconds',
      help: 'For how long the oldest job that waits has waited; 0 if there is none',
      registers,
    }),
    jobsEnded: new Counter({
      name: 'seckill_jobs_ended_total',
      help: 'Jobs that ended on this worker, by kind and state',
      labelNames: ['kind', 'state'],
      registers,
    }),
  };
}

/** The sinks of the data hub. */
function dataHubMetrics(registers: Registry[]) {
  return {
    dataHubEvents: new Counter({
      name: 'seckill_data_hub_events_total',
      help: 'Order events that were written to a sink of the data hub, by sink',
      labelNames: ['sink'],
      registers,
    }),
    dataHubFailures: new Counter({
      name: 'seckill_data_hub_failures_total',
      help: 'Failures of a sink of the data hub, by sink',
      labelNames: ['sink'],
      registers,
    }),
    dataHubBehind: new Gauge({
      name: 'seckill_data_hub_behind_seconds',
      help: 'For how long a sink of the data hub has not been up to date, by sink',
      labelNames: ['sink'],
      registers,
    }),
  };
}

/** The listeners of order events. */
function listenerMetrics(registers: Registry[]) {
  return {
    listenerBehind: new Gauge({
      name: 'seckill_listener_behind_messages',
      help: 'Messages of order events that a listener has not read yet, by listener',
      labelNames: ['listener'],
      registers,
    }),
    listenerTasks: new Counter({
      name: 'seckill_listener_attempts_total',
      help: 'Attempts of a listener to act on an event, by listener and outcome: done, failed (it is tried again) or dead',
      labelNames: ['listener', 'outcome'],
      registers,
    }),
    listenerWaiting: new Gauge({
      name: 'seckill_listener_waiting',
      help: 'Events that a listener has still to act on, by listener',
      labelNames: ['listener'],
      registers,
    }),
    listenerOldest: new Gauge({
      name: 'seckill_listener_oldest_seconds',
      help: 'For how long the oldest of these events has waited, by listener; 0 if there is none',
      labelNames: ['listener'],
      registers,
    }),
    listenerDead: new Gauge({
      name: 'seckill_listener_dead',
      help: 'Events that a listener has given up, and that wait for an operator, by listener',
      labelNames: ['listener'],
      registers,
    }),
    webhooks: new Gauge({
      name: 'seckill_webhooks',
      help: 'Webhook endpoints by state: active, paused or disabled. Set by the worker that sends',
      labelNames: ['state'],
      registers,
    }),
    webhookFailing: new Gauge({
      name: 'seckill_webhook_failing_seconds',
      help: 'For how long the active webhook endpoint that has failed for the longest time has failed; 0 if none fails',
      registers,
    }),
  };
}

/** What follows a paid order, step by step. */
function sagaMetrics(registers: Registry[]) {
  return {
    sagaSteps: new Counter({
      name: 'seckill_saga_steps_total',
      help: 'What became of the steps of sagas, by step and outcome: done, refused, undone, kept or failed',
      labelNames: ['step', 'outcome'],
      registers,
    }),
    sagasOpen: new Gauge({
      name: 'seckill_sagas_open',
      help: 'Sagas that have not ended, by state: RUNNING or COMPENSATING',
      labelNames: ['state'],
      registers,
    }),
    sagasStuck: new Gauge({
      name: 'seckill_sagas_stuck',
      help: 'Sagas with a step that has failed for five minutes; they are retried, and an operator should look',
      registers,
    }),
    sagaOldest: new Gauge({
      name: 'seckill_saga_oldest_seconds',
      help: 'Age of the oldest saga that runs forward; 0 if there is none',
      registers,
    }),
  };
}

/** What the light audits find and repair. */
function auditMetrics(registers: Registry[]) {
  return {
    auditHolds: new Gauge({
      name: 'seckill_audit_holds',
      help: '1 if the last light audit of the sale holds, else 0; reported by the worker that audits',
      labelNames: ['sale'],
      registers,
    }),
    auditFindings: new Gauge({
      name: 'seckill_audit_findings',
      help: 'Sales that fail the check, by check; reported by the worker that audits',
      labelNames: ['check'],
      registers,
    }),
    auditTime: new Gauge({
      name: 'seckill_audit_last_timestamp_seconds',
      help: 'When this worker last finished a round of light audits, Unix time; 0 if it does not audit',
      registers,
    }),
    auditRepairs: new Counter({
      name: 'seckill_audit_repairs_total',
      help: 'Changes made by audit repairs, by repair',
      labelNames: ['repair'],
      registers,
    }),
  };
}

/** Adds metrics of the process and the Node.js runtime. Call it once per process. */
export function addProcessMetrics(metrics: WorkerMetrics): void {
  collectDefaultMetrics({ register: metrics.registry, eventLoopMonitoringPrecision: LOOP_MONITOR_MS });
}
