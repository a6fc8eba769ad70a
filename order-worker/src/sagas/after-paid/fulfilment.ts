import type { Warehouse } from '../../services/fulfilment/warehouse.ts';
import type { DoOutcome, SagaOrder, UndoOutcome } from '../saga.ts';
import type { Shop } from './shop.ts';

const ANSWER_WITHIN_MS = 10_000;

/** A pending shipment is asked for again, which changes nothing at the warehouse and tells how it stands. */
export async function requestShipment({ warehouse }: Shop, order: SagaOrder): Promise<DoOutcome> {
  const { orderId, saleId, itemId, itemTitle, userId, quantity } = order;
  const request = { shipmentId: orderId, orderId, saleId, userId, lines: [{ itemId, title: itemTitle, quantity }] };
  const standing = await configured(warehouse).request(request, giveUpAt());
  if (standing.state === 'accepted' || standing.state === 'shipped') return { is: 'done' };
  if (standing.state === 'pending') return { is: 'later', why: 'The warehouse has not decided yet.' };
  if (standing.state === 'refused') return { is: 'refused', why: `The warehouse refuses the shipment: ${standing.reason}` };
  return { is: 'refused', why: 'The shipment of this order was cancelled before.' };
}

export async function cancelShipment({ warehouse }: Shop, { orderId }: SagaOrder): Promise<UndoOutcome> {
  const { state } = await configured(warehouse).cancel(orderId, giveUpAt());
  return state === 'shipped' ? { is: 'kept', why: 'The warehouse has shipped the goods.' } : { is: 'done' };
}

const giveUpAt = (): number => performance.now() + ANSWER_WITHIN_MS;

function configured(warehouse: Warehouse | undefined): Warehouse {
  if (warehouse === undefined) throw new Error('WAREHOUSE_URL is not set any more. Set it again, or skip the step.');
  return warehouse;
}
