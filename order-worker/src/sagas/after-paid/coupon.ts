import { type DoOutcome, type SagaOrder, stepKey, type UndoOutcome } from '../saga.ts';
import type { Shop } from './shop.ts';

const STEP = 'coupon';

export async function issueCoupon({ issue, couponTemplate: template }: Shop, order: SagaOrder): Promise<DoOutcome> {
  if (template === undefined) throw new Error('SAGA_COUPON is not set any more. Set it again, or skip the step.');
  const { state, code } = await issue({ key: stepKey(order, STEP), userId: order.userId, template });
  if (state === 'REVOKED') return { is: 'refused', why: 'The coupon of this order was revoked before.' };
  return { is: 'done', ...(code === undefined ? {} : { note: code }) };
}

export async function revokeCoupon({ revoke }: Shop, order: SagaOrder): Promise<UndoOutcome> {
  const { state, code } = await revoke({ key: stepKey(order, STEP), userId: order.userId });
  return state === 'USED' ? { is: 'kept', why: `The buyer has used coupon ${code}.` } : { is: 'done' };
}
