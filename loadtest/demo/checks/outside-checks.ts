import type { AuditReport } from 'seckill-core';
import { type Buyer, isUsualEnd, type Win } from 'simulation';
import type { OutsideView } from './outside-view.ts';

export type Check = AuditReport['checks'][number];

/** The sale's orders as the operator's overview counts them, each in the state it is in. */
export interface OrderCounts {
  pendingPayment: number;
  paid: number;
  cancelled: number;
  refunded: number;
  rejected: number;
}

export interface OutsideFindings {
  checks: Check[];
  lost: number;
  oversold: number;
  duplicated: number;
  drift: number;
}

const HOLDS_UNITS = new Set(['RESERVED', 'ORDERED', 'PAID']);
const n = (count: number) => count.toLocaleString('en-US').replaceAll(',', ' ');

/** Compares the answers that buyers received with what the platform says it did. Call it when no order awaits its payment. */
export function checkFromOutside(view: OutsideView, orders: OrderCounts, stockLeft: number): OutsideFindings {
  const wins = view.buyers.flatMap(({ win }) => (win === undefined ? [] : [win]));
  const lost = wins.filter((win) => win.payBy === undefined && win.status !== 'REJECTED').length;
  const silentWins = [...view.afterSilence].filter(([, status]) => status !== undefined && status !== 'REJECTED');
  const live = wins.filter(({ status }) => HOLDS_UNITS.has(status)).length + silentWins.filter(holdsUnits).length;
  const oversold = Math.max(0, live - view.stock);
  const duplicated = wins.length - new Set(wins.map(({ reservationId }) => reservationId)).size;
  const drift = Math.abs(view.stock - live - stockLeft);
  const checks = [
    everyWinHasAnOrder(wins, lost),
    noRefusedBuyerHasOne(view, wins, silentWins, orders),
    {
      name: 'Units sold and units left make the stock',
      holds: drift === 0 && oversold === 0,
      detail: `${n(live)} sold + ${n(stockLeft)} left, stock ${n(view.stock)}`,
    },
    {
      name: 'No two winners have the same reservation',
      holds: duplicated === 0,
      detail: duplicated === 0 ? `${n(wins.length)} reservations, all different` : `${n(duplicated)} given twice`,
    },
    everyStoryEnded(view.buyers, wins),
    sameAnswerAgain(wins),
    noOrderCancelledEarly(wins),
    everyPaymentMatches(wins),
  ];
  return { checks, lost, oversold, duplicated, drift };
}

function holdsUnits([, status]: [Buyer, string | undefined]): boolean {
  return HOLDS_UNITS.has(status ?? '');
}

function everyWinHasAnOrder(wins: readonly Win[], lost: number): Check {
  const rejected = wins.filter(({ status }) => status === 'REJECTED').length;
  const told = rejected === 0 ? '' : `, ${n(rejected)} rejections`;
  return {
    name: 'Every buyer who received RESERVED has an order or a rejection',
    holds: lost === 0,
    detail: `${n(wins.length)} received RESERVED: ${n(wins.length - lost - rejected)} orders${told}${lost === 0 ? '' : `, ${n(lost)} without either`}`,
  };
}

/**
 * Checked in two ways: some losers list their orders, and all orders are counted. Every winner has exactly one order, so if
 * there are as many orders as winners, no loser has one.
 */
function noRefusedBuyerHasOne(
  view: OutsideView,
  wins: readonly Win[],
  silentWins: readonly [Buyer, string | undefined][],
  orders: OrderCounts,
): Check {
  const toldNo = silentWins.filter(([buyer]) => buyer.gaveUp !== 'NO_ANSWER' && buyer.gaveUp !== 'UNAVAILABLE').length;
  const withOrders = [...view.ordersOfLosers.entries()].filter(
    ([buyer, list]) => list.length > 0 && !view.afterSilence.has(buyer),
  );
  const made = orders.pendingPayment + orders.paid + orders.cancelled + orders.refunded;
  const explained = wins.filter(({ payBy }) => payBy !== undefined).length + silentWins.length;
  const surplus = Math.max(0, made - explained);
  const wrong = Math.max(surplus, toldNo, withOrders.length);
  return {
    name: 'No buyer who was refused has an order',
    holds: wrong === 0,
    detail:
      wrong === 0
        ? `${n(made)} orders, each of a winner; ${n(view.ordersOfLosers.size)} losers looked for one and found none`
        : `${n(made)} orders for ${n(explained)} winners; ${n(toldNo + withOrders.length)} losers have one`,
  };
}

function everyStoryEnded(buyers: readonly Buyer[], wins: readonly Win[]): Check {
  const open = wins.filter(({ settledAt }) => settledAt === undefined).length;
  const unheard = buyers.filter(({ win, gaveUp }) => win === undefined && !isUsualEnd(gaveUp)).length;
  return {
    name: 'Every buyer has an answer, and every order is settled',
    holds: open === 0 && unheard === 0,
    detail: `${n(buyers.length)} buyers${unheard === 0 ? '' : `, ${n(unheard)} without a final answer`}; ${n(wins.length)} orders${open === 0 ? '' : `, ${n(open)} still open`}`,
  };
}

function sameAnswerAgain(wins: readonly Win[]): Check {
  const again = wins.filter(({ secondClick }) => secondClick !== undefined);
  const other = again.filter(({ secondClick }) => secondClick !== 'RESERVED');
  return {
    name: 'A winner who clicks again gets the same answer',
    holds: other.length === 0,
    detail:
      other.length === 0 ? `${n(again.length)} tried` : `${n(other.length)} of ${n(again.length)} got ${other[0]?.secondClick}`,
  };
}

function noOrderCancelledEarly(wins: readonly Win[]): Check {
  const early = wins.flatMap(({ cancelledEarlyMs }) => (cancelledEarlyMs === undefined ? [] : [cancelledEarlyMs]));
  const unpaid = wins.filter(({ intention }) => intention !== 'pay').length;
  return {
    name: 'No order was cancelled before its payment deadline',
    holds: early.length === 0,
    detail:
      early.length === 0
        ? `${n(unpaid)} left unpaid`
        : `${n(early.length)} cancelled early, by ${Math.max(...early).toFixed(0)} ms at most`,
  };
}

function everyPaymentMatches(wins: readonly Win[]): Check {
  const given = wins.filter(({ moneyGiven }) => moneyGiven === 'yes');
  const refunded = given.filter(({ status }) => status === 'REFUNDED').length;
  const wrong = given.filter(({ status }) => status !== 'PAID' && status !== 'REFUNDED').length;
  const unearned = wins.filter(({ status, moneyGiven }) => status === 'PAID' && moneyGiven === 'no').length;
  return {
    name: 'Every payment bought an order or was refunded',
    holds: wrong === 0 && unearned === 0,
    detail: `${n(given.length)} payments${refunded === 0 ? '' : `, ${n(refunded)} refunded`}${wrong === 0 ? '' : `, ${n(wrong)} without effect`}${unearned === 0 ? '' : `; ${n(unearned)} PAID without a payment`}`,
  };
}
