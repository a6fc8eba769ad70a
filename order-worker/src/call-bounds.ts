import type { calls, LaneBounds } from 'seckill-core';

/** Buyers' calls share their statements, so thousands may wait: the next few batches take them. */
const gathered: LaneBounds = { running: 500, waiting: 4_000 };
const operators: LaneBounds = { running: 2, waiting: 32 };

/**
 * How many calls of each kind a worker runs at once, and how many may wait. What is beyond gets UNAVAILABLE at once. Each kind has its own
 * lane, so a rush of one never blocks another.
 */
export const CALL_BOUNDS: Readonly<Record<keyof typeof calls, LaneBounds>> = {
  findReservation: gathered,
  getOrder: gathered,
  cancelOrder: gathered,
  /** Each holds a request to the payment provider. */
  startPayment: { running: 128, waiting: 4_000 },
  /** Each waits for JetStream alone. */
  receiveNotification: gathered,
  /** Each is a batch of a gateway, which sends one at a time. */
  keepContacts: { running: 2, waiting: 200 },
  listOrders: { running: 4, waiting: 1_000 },
  createSale: operators,
  listSales: operators,
  getSale: operators,
  /** More, so that a `pause` need not wait until long sales are published. */
  commandSale: { running: 8, waiting: 32 },
  addStock: operators,
  searchOrders: operators,
  adminOrder: operators,
  refundOrder: operators,
  retryRefund: operators,
  settleRefund: operators,
  listRefusedRefunds: operators,
  commandSaga: operators,
  listStuckSagas: operators,
  /** Each only waits: how many jobs run is the job runner's. */
  runJob: { running: 128, waiting: 32 },
  getJob: operators,
  listJobs: operators,
  overview: operators,
  listDeadLetters: operators,
  listEvents: operators,
  listListeners: operators,
  listTasks: operators,
  retryTask: operators,
  discardTask: operators,
  retryTasks: operators,
  listSinks: operators,
  restartSink: operators,
  getRiskRules: operators,
  changeRiskRules: operators,
  listRiskEntries: operators,
  listRiskLists: operators,
  addRiskEntry: operators,
  removeRiskEntry: operators,
  listRiskChanges: operators,
  createWebhook: operators,
  listWebhooks: operators,
  getWebhook: operators,
  changeWebhook: operators,
  deleteWebhook: operators,
  rotateWebhookSecret: operators,
  /** Each waits for a receiver. */
  testWebhook: { running: 8, waiting: 32 },
  listDeliveries: operators,
  getDelivery: operators,
  replayDelivery: operators,
  replayDeliveries: operators,
  backfillWebhook: operators,
};
