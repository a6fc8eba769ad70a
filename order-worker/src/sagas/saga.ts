import type { OrderStatus } from 'seckill-core';

/** What the steps of a saga know of their order. */
export interface SagaOrder {
  orderId: string;
  saleId: string;
  itemId: string;
  itemTitle: string;
  userId: string;
  quantity: number;
  /** In the currency's minor unit. */
  amountCents: number;
  currency: string;
  /** When the saga was claimed. */
  status: OrderStatus;
}

/** It cannot be told yet: the same is tried again later. A step that throws is tried again too. */
interface Later {
  is: 'later';
  why: string;
}

/** `refused`: for good, so the saga turns back. */
export type DoOutcome = { is: 'done'; note?: string } | { is: 'refused'; why: string } | Later;

/** `kept`: it cannot be undone any more, and the saga goes on with the undo before it. */
export type UndoOutcome = { is: 'done'; note?: string } | { is: 'kept'; why: string } | Later;

/**
 * A step and its undo. Both may run again after they had their effect, and an undo may run although its step never arrived: then the step must have no
 * effect if it arrives later. So each uses a key of its order and step, which the other side remembers.
 */
export interface SagaStep {
  /** Stored with each saga: never change it. */
  name: string;
  /** Calls at once, in one worker. A step whose calls hang delays no other step. */
  atOnce: number;
  /** False: the step is not configured, and new sagas leave it out. */
  isOn: boolean;
  do(order: SagaOrder): Promise<DoOutcome>;
  /** `why`: for what reason the saga turned back. */
  undo(order: SagaOrder, why: string): Promise<UndoOutcome>;
}

/** A chain of steps that begins when an order is paid. Once a step refuses, the undos of all steps before it run backwards. */
export interface Saga {
  /** Stored with each order's saga: never change it. */
  name: string;
  steps: readonly SagaStep[];
}

/** Throws if a declaration has no steps, or two of one name. */
export function defineSaga(saga: Saga): Saga {
  const names = new Set(saga.steps.map(({ name }) => name));
  if (names.size === 0 || names.size < saga.steps.length) {
    throw new Error(`Saga ${saga.name} has no steps, or two of the same name. Give each step another name.`);
  }
  return saga;
}

/** The key under which a step has its effect once. */
export const stepKey = ({ orderId }: Pick<SagaOrder, 'orderId'>, step: string): string => `${orderId}:${step}`;
