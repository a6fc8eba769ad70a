import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { App } from '../../http/app-type.ts';
import type { OperatorOnly } from '../../security/admin-token.ts';
import { auditRoute } from './audit.ts';
import { deadLettersRoute } from './dead-letters.ts';
import { adminEventsRoute } from './events.ts';
import { jobRoutes } from './jobs.ts';
import { listenerRoutes } from './listeners.ts';
import { loyaltyRoutes } from './loyalty.ts';
import { orderRefundRoutes } from './order-refunds.ts';
import { adminOrderRoutes } from './orders.ts';
import { overviewRoute } from './overview.ts';
import { paymentProvidersRoute } from './payment-providers.ts';
import { refusedRefundsRoute } from './refused-refunds.ts';
import { repairRoutes } from './repairs.ts';
import { reportRoute } from './report.ts';
import { riskAppealRoutes } from './risk/appeals.ts';
import { riskListRoutes } from './risk/lists.ts';
import { riskRuleRoutes } from './risk/rules.ts';
import { riskVerdictRoutes, type VerdictRouteParts } from './risk/verdicts.ts';
import { sagaRoutes } from './sagas.ts';
import { saleCommandRoutes } from './sale-commands.ts';
import { adminSalesRoutes } from './sales.ts';
import { sinkRoutes } from './sinks.ts';
import { stockRoute } from './stock.ts';
import { webhookDeliveryRoutes } from './webhook-deliveries.ts';
import { webhookRoutes } from './webhooks.ts';

export interface AdminRoutesParts extends VerdictRouteParts {
  sales: SalesMemory;
  operatorOnly: OperatorOnly;
}

/** The operator's calls. A worker carries them out. A change is in this gateway's memory before it answers, in the others' within a second. */
export async function adminRoutes(app: App, { operatorOnly, ...parts }: AdminRoutesParts): Promise<void> {
  app.addHook('onRequest', operatorOnly);
  await adminSalesRoutes(app, parts);
  await saleCommandRoutes(app, parts);
  await stockRoute(app, parts);
  await auditRoute(app, parts);
  await reportRoute(app, parts);
  await repairRoutes(app, parts);
  await jobRoutes(app, parts);
  await deadLettersRoute(app, parts);
  await adminEventsRoute(app, parts);
  await adminOrderRoutes(app, parts);
  await orderRefundRoutes(app, parts);
  await refusedRefundsRoute(app, parts);
  await sagaRoutes(app, parts);
  await loyaltyRoutes(app, parts);
  await paymentProvidersRoute(app, parts);
  await overviewRoute(app, parts);
  await listenerRoutes(app, parts);
  await sinkRoutes(app, parts);
  await webhookRoutes(app, parts);
  await webhookDeliveryRoutes(app, parts);
  await riskRuleRoutes(app, parts);
  await riskListRoutes(app, parts);
  await riskAppealRoutes(app, parts);
  await riskVerdictRoutes(app, parts);
}
