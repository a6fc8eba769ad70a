import { defineSaga, type Saga } from '../saga.ts';
import { issueCoupon, revokeCoupon } from './coupon.ts';
import { cancelShipment, requestShipment } from './fulfilment.ts';
import { refundPayment, seePayment } from './payment.ts';
import { awardPoints, takeBackPoints } from './points.ts';
import type { Shop } from './shop.ts';

/** Sagas at a step that share their calls. */
const SHARED = 500;
/** At the warehouse, or waiting for one of its connections. Those that find no place are stored, which costs as much as a step. */
const REQUESTS = 250;

/** What follows a payment. If the warehouse refuses, all of it goes back, the money last. */
export const afterPaid = (shop: Shop): Saga =>
  defineSaga({
    name: 'after-paid',
    steps: [
      { name: 'payment', atOnce: SHARED, isOn: true, ...pair(shop, seePayment, refundPayment) },
      { name: 'points', atOnce: SHARED, isOn: shop.pointsPerUnit > 0, ...pair(shop, awardPoints, takeBackPoints) },
      { name: 'coupon', atOnce: SHARED, isOn: shop.couponTemplate !== undefined, ...pair(shop, issueCoupon, revokeCoupon) },
      {
        name: 'fulfilment',
        atOnce: REQUESTS,
        isOn: shop.warehouse !== undefined,
        ...pair(shop, requestShipment, cancelShipment),
      },
    ],
  });

type Do = (shop: Shop, ...asked: Parameters<Saga['steps'][number]['do']>) => ReturnType<Saga['steps'][number]['do']>;
type Undo = (shop: Shop, ...asked: Parameters<Saga['steps'][number]['undo']>) => ReturnType<Saga['steps'][number]['undo']>;

const pair = (shop: Shop, act: Do, undo: Undo): Pick<Saga['steps'][number], 'do' | 'undo'> => ({
  do: (order) => act(shop, order),
  undo: (order, why) => undo(shop, order, why),
});
