import { type Warehouse, WarehouseUnavailable } from '../../../services/fulfilment/warehouse.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import type { Check, Finding } from '../check.ts';
import { type Drift, driftOfEach } from '../drift.ts';
import { type Compared, compareAgain, compareAll } from './ask-warehouse.ts';
import type { ShipmentFault, WrongShipment } from './compare-shipments.ts';

type Found = Finding & { compared?: Compared };

const stands = ({ state }: WrongShipment): string => (state === null ? 'does not know it' : `says ${state}`);

const SAYS: Readonly<Record<ShipmentFault, (wrong: WrongShipment) => string>> = {
  missing: (wrong) => `The saga of order ${wrong.orderId} has a shipment, and the warehouse ${stands(wrong)}.`,
  left: (wrong) => `The saga of order ${wrong.orderId} has turned back, and the warehouse ${stands(wrong)}.`,
  foreign: (wrong) => `No saga has asked for shipment ${wrong.orderId}, and the warehouse ${stands(wrong)}.`,
  quantity: ({ orderId }) => `The warehouse ships another number of units than order ${orderId} has.`,
  doubled: ({ orderId }) => `The warehouse has the shipment of order ${orderId} more than once.`,
};

const ADVICE =
  'Look it up at the warehouse, and open the order in the console: it has each step. Correct the side that is wrong, at the warehouse by hand.';

/** The sagas against the warehouse's books. A warehouse that does not answer is a finding too: the check is not known to hold. */
export const shipments: Check<Found> = {
  key: 'shipments',
  name: 'The warehouse ships what the sagas asked for, each once, and nothing else',
  form: 'full',
  appliesTo: ({ hasSagas }) => hasSagas === true,
  inspect: async (context, before) => {
    const { warehouse } = context;
    if (warehouse === undefined) return { holds: true, detail: 'not checked: WAREHOUSE_URL is not set' };
    const compared = await compare(context, warehouse, before?.compared);
    const { away, unlisted, wrong } = compared;
    return {
      holds: unlisted === true || (away === undefined && wrong.length === 0),
      detail: await detailOf(context, compared),
      compared,
    };
  },
  explain: (_, { compared }) => (compared === undefined ? [] : explain(compared)),
};

async function compare(context: AuditContext, warehouse: Warehouse, before: Compared | undefined): Promise<Compared> {
  try {
    return before === undefined || before.away !== undefined
      ? await compareAll(context, warehouse)
      : await compareAgain(context, warehouse, before);
  } catch (error) {
    if (!(error instanceof WarehouseUnavailable)) throw error;
    return { listed: 0, wrong: [], ...before, away: error.message.replace(/\.$/, '') };
  }
}

async function detailOf(context: AuditContext, { away, unlisted, listed, wrong }: Compared): Promise<string> {
  if (away !== undefined) return `the warehouse could not be compared: ${away}`;
  if (unlisted) return 'not checked: the warehouse does not list its shipments';
  const open = await countOpen(context);
  const undecided = open === 0 ? '' : `; orders that wait for the warehouse: ${open}`;
  return `${listed} shipments, ${wrong.length} differ${undecided}`;
}

/** Sagas that are at the warehouse, or have still to get there. What became of their shipments is not known yet. */
async function countOpen({ prisma, sale }: AuditContext): Promise<number> {
  const [row] = await prisma.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM sagas s JOIN orders o ON o.id = s.order_id
    WHERE s.name = 'after-paid' AND s.step IS NOT NULL AND o.sale_id = ${sale.id}::uuid
      AND coalesce(s.steps #>> '{fulfilment,is}', 'BEGUN') IN ('BEGUN', 'DONE', 'SKIPPED')`;
  return row?.count ?? 0;
}

function explain({ away, wrong }: Compared): Drift[] {
  if (away !== undefined) {
    return [{ says: `The warehouse could not be compared with the sagas: ${away}.`, advice: 'Audit again once it answers.' }];
  }
  return Object.entries(SAYS).flatMap(([fault, says]) =>
    driftOfEach(
      wrong.filter((each) => each.fault === fault),
      { id: ({ orderId }) => orderId, says, more: `More shipments of this kind (${fault})`, advice: ADVICE },
    ),
  );
}
