import type { Answer } from './answer.ts';

/** Only programs meet these: the operator's, or a payment provider's. */
export const PROGRAM_ANSWERS = {
  SIGNATURE_INVALID: {
    status: 401,
    title: 'The signature is not valid',
    detail: 'Seckill-Signature does not match the body, or is older than 300 s.',
    isFinal: false,
    retry: 'never',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    detail: 'This address does not accept this method.',
    isFinal: false,
    retry: 'never',
  },
  WRONG_SALE_STATE: {
    status: 409,
    title: 'The sale is in the wrong state',
    detail: 'This command is not possible in the present state of the sale.',
    isFinal: false,
    retry: 'never',
  },
  NOT_REFUNDABLE: {
    status: 409,
    title: 'The order cannot be refunded',
    detail:
      'Only money of a PAID order that has not gone back yet can be refunded, and only a refused refund can be tried again.',
    isFinal: false,
    retry: 'never',
  },
  COUPON_NOT_USABLE: {
    status: 409,
    title: 'The coupon cannot be used',
    detail: 'It was used for something else, or revoked.',
    isFinal: false,
    retry: 'never',
  },
  WRONG_SAGA_STATE: {
    status: 409,
    title: 'The saga is in the wrong state',
    detail: 'This command is not possible at the present step of the saga. Read the order again.',
    isFinal: false,
    retry: 'never',
  },
  VERSION_CONFLICT: {
    status: 409,
    title: 'Changed in between',
    detail: 'Another change came first. Read again, and repeat your change on what you read.',
    isFinal: false,
    retry: 'never',
  },
  REQUEST_ID_REUSED: {
    status: 409,
    title: 'Request id already used',
    detail: 'This request id was used before with different content.',
    isFinal: false,
    retry: 'never',
  },
} as const satisfies Record<string, Answer>;
