import type { BuyerAnswer } from './answer.ts';

/** Every other "no" that a buyer can meet. */
export const BUYER_ANSWERS = {
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    detail: 'A field is missing, unknown or of the wrong type.',
    isFinal: false,
    retry: 'never',
    buyer: { en: 'The shop did not accept this. Check it and try again.', zh: '商城未接受此请求，请检查后重试。' },
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Sign in first',
    detail: 'Send a valid access token: "Authorization: Bearer <token>".',
    isFinal: false,
    retry: 'sign in',
    buyer: { en: 'Sign in and try again.', zh: '请登录后重试。' },
  },
  NOT_OPEN_YET: {
    status: 403,
    title: 'Purchase tokens are not available yet',
    detail: 'Ask again after retryAfterMs, when the lead time before the start begins.',
    isFinal: false,
    retry: 'same request',
    buyer: { en: 'The sale is about to start.', zh: '马上就要开始了。' },
  },
  NOT_FOUND: {
    status: 404,
    title: 'Not found',
    detail: 'There is nothing at this address, or it belongs to another user.',
    isFinal: false,
    retry: 'never',
    buyer: { en: 'We cannot find this. It may belong to another account.', zh: '没有找到，可能属于其他账号。' },
  },
  NOT_PAYABLE: {
    status: 409,
    title: 'The order cannot be paid',
    detail: 'Only an order that is waiting for payment can be paid.',
    isFinal: false,
    retry: 'never',
    buyer: { en: 'This order can no longer be paid.', zh: '该订单已无法支付。' },
  },
  NOT_CANCELLABLE: {
    status: 409,
    title: 'The order cannot be cancelled',
    detail: 'Only an order that is waiting for payment can be cancelled.',
    isFinal: false,
    retry: 'never',
    buyer: { en: 'This order can no longer be cancelled.', zh: '该订单已无法取消。' },
  },
  INTERNAL: {
    status: 500,
    title: 'Something went wrong on our side',
    detail: 'We logged the error under the requestId.',
    isFinal: false,
    retry: 'same request',
    buyer: { en: 'The shop is very busy. Nothing is lost.', zh: '系统繁忙，您不会有任何损失。' },
  },
} as const satisfies Record<string, BuyerAnswer>;
