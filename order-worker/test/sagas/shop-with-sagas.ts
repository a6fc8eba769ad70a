import { type AdminSale, calls, newId, pointsCalls } from 'seckill-core';
import type { WorkerDeps } from '../../src/index.ts';
import { eventually, type Platform } from '../support/platform.ts';
import { RecordingWarehouse } from '../support/recording-warehouse.ts';

type Options = NonNullable<WorkerDeps['sagas']>;

/** A shop that awards a point for each whole unit of money, thanks with a coupon, and asks a warehouse for shipment. */
export class ShopWithSagas {
  readonly platform: Platform;
  readonly warehouse = new RecordingWarehouse();

  constructor(platform: Platform) {
    this.platform = platform;
  }

  async startWorker(change: Partial<Options> = {}): Promise<void> {
    const pace = { everyMs: 50, firstPauseMs: 50, stuckAfterMs: 60_000, ...change.pace };
    const { warehouse } = this;
    const settings = { pointsPerUnit: 1, couponTemplate: 'thanks', returnsUnits: true, warehouse };
    await this.platform.startWorker({ sagas: { ...settings, ...change, pace } });
    await eventually(async () => (await this.#position()) !== null, 'the sagas have begun to listen');
  }

  #position() {
    return this.platform.prisma.listenerPosition.findUnique({ where: { listener: 'sagas' } });
  }

  /** Paid orders of one unit at 10.00 EUR, of one user each. Resolves when they are paid. */
  async paidOrders(
    count: number,
    draft: { stock?: number } = {},
  ): Promise<{ sale: AdminSale; orderIds: string[]; userIds: string[] }> {
    const { platform } = this;
    const sale = await platform.openSale({ stock: count, payTimeoutSeconds: 600, ...draft });
    const run = newId();
    const userIds = Array.from({ length: count }, (_, i) => `${run}-${i}`);
    const wins = await platform.win(sale, userIds);
    const orderIds = wins.map(({ reservationId }) => reservationId);
    await eventually(async () => (await platform.prisma.order.count({ where: { id: { in: orderIds } } })) === count, 'orders');
    await Promise.all(
      wins.map(async ({ reservationId: orderId, userId }) => {
        const { paymentId } = await platform.call(calls.startPayment, { userId, orderId });
        await platform.reportPaid(orderId, paymentId);
      }),
    );
    const paid = () => platform.prisma.order.count({ where: { id: { in: orderIds }, status: { in: ['PAID', 'REFUNDED'] } } });
    await eventually(async () => (await paid()) === count, 'all are paid');
    return { sale, orderIds, userIds };
  }

  async paidOrder(): Promise<{ sale: AdminSale; orderId: string; userId: string }> {
    const { sale, orderIds, userIds } = await this.paidOrders(1);
    return { sale, orderId: orderIds[0] ?? '', userId: userIds[0] ?? '' };
  }

  show(orderId: string) {
    return this.platform.call(calls.adminOrder, { orderId });
  }

  async is(orderId: string, state: string, step?: string): Promise<void> {
    await eventually(
      async () => {
        const { saga } = await this.show(orderId);
        return saga?.state === state && (step === undefined || saga.step === step);
      },
      `the saga of ${orderId} is ${state}${step === undefined ? '' : ` at ${step}`}`,
    );
  }

  async balanceOf(userId: string): Promise<number> {
    return (await this.platform.call(pointsCalls.readPoints, { userId })).balance;
  }

  async couponOf(orderId: string): Promise<string | undefined> {
    return (await this.platform.prisma.coupon.findUnique({ where: { key: `${orderId}:coupon` } }))?.state;
  }

  /** Points, coupon and shipment of an order, and the order. */
  async booksOf(orderId: string, userId: string) {
    return {
      order: (await this.platform.order(orderId))?.status,
      points: await this.balanceOf(userId),
      coupon: await this.couponOf(orderId),
      shipment: this.warehouse.stateOf(orderId),
    };
  }
}
