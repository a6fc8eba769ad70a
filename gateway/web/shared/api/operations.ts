// Made of the gateway's OpenAPI document by "npm run api -w seckill-web". A test fails when it is out of date.

export interface Operations {
  'GET /api/admin/dead-letters': {
    answer: {
      deadLetters: {
        seq: number;
        consumer: string;
        subject: string;
        reason: string;
        deliveries: number;
        /** ISO 8601, UTC */
        firstSeenAt: string;
        /** ISO 8601, UTC */
        diedAt: string;
      }[];
    };
    problem: 'UNAUTHENTICATED' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/admin/live': {
    answer: {
      /** Ms since 1970, by the clock of Redis. */
      at: number;
      answers: Record<
        string,
        {
          total: number;
          perSecond: number;
        }
      >;
      latencyMs: {
        won: {
          p50: number;
          p95: number;
          p99: number;
        } | null;
        others: {
          p50: number;
          p95: number;
          p99: number;
        } | null;
      };
      sales: {
        saleId: string;
        perSecond: Record<string, number>;
        items: {
          itemId: string;
          left: number | null;
        }[];
        orders?: {
          pendingPayment: number;
          paid: number;
          cancelled: number;
          refunded: number;
          rejected: number;
        };
        outbox?: number;
        deadlines?: {
          /** ISO 8601, UTC */
          next: string;
          /** unpaid orders that fall due in each 12th part of the time to pay, from now on; the first also has what is overdue */
          ahead: number[];
        };
      }[];
      workerAnswers: boolean;
      /** When the worker counted orders and queues, in ms since 1970. */
      toldAt?: number;
      queues: {
        consumer: string;
        stream: string;
        waiting: number;
        inHand: number;
        /** age of the oldest unfinished message; missing for deadlines, which wait on purpose */
        behindMs?: number;
      }[];
      deadLetters: number | null;
      processes: {
        process: 'gateway' | 'order-worker';
        processId: string;
        ageSeconds: number;
        /** CPU use in cores. */
        cpu: number;
        /** Share of time in which the event loop was busy, 0 to 1. */
        busy: number;
        rssBytes: number;
        /** Time since its last pulse. */
        silentMs: number;
        openStreams?: number;
      }[];
    };
    problem: 'UNAUTHENTICATED' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/admin/overview': {
    answer: {
      /** ISO 8601, UTC */
      serverTime: string;
      sales: {
        saleId: string;
        title: string;
        state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
        /** ISO 8601, UTC */
        startsAt: string;
        /** ISO 8601, UTC */
        endsAt: string;
        stock: number;
        /** units that can still be won; -1 if Redis does not know */
        left: number;
        outbox: number;
        orders: {
          pendingPayment: number;
          paid: number;
          cancelled: number;
          refunded: number;
          rejected: number;
        };
        deadlines?: {
          /** ISO 8601, UTC */
          next: string;
          /** unpaid orders that fall due in each 12th part of the time to pay, from now on; the first also has what is overdue */
          ahead: number[];
        };
        statistics: {
          created: number;
          paid: number;
          cancelled: number;
          rejected: number;
          refunded: number;
          revenueCents: number;
        };
      }[];
      queues: {
        consumer: string;
        stream: string;
        waiting: number;
        inHand: number;
        /** age of the oldest unfinished message; missing for deadlines, which wait on purpose */
        behindMs?: number;
      }[];
      deadLetters: number;
    };
    problem: 'UNAUTHENTICATED' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/admin/sales': {
    answer: {
      sales: {
        saleId: string;
        version: number;
        title: string;
        status: 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'CLOSED';
        state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
        /** ISO 8601, UTC */
        startsAt: string;
        /** ISO 8601, UTC */
        endsAt: string;
        payTimeoutSeconds: number;
        tokenLeadSeconds: number;
        rateLimit: {
          ratePerSecond: number;
          burst: number;
        };
        items: {
          itemId: string;
          title: string;
          priceCents: number;
          currency: string;
          stock: number;
          sold: number;
          limitPerUser: number;
        }[];
        /** ISO 8601, UTC */
        createdAt: string;
      }[];
    };
    problem: 'UNAUTHENTICATED' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/admin/sales/{saleId}': {
    answer: {
      saleId: string;
      version: number;
      title: string;
      status: 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'CLOSED';
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      tokenLeadSeconds: number;
      rateLimit: {
        ratePerSecond: number;
        burst: number;
      };
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        sold: number;
        limitPerUser: number;
      }[];
      /** ISO 8601, UTC */
      createdAt: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/admin/sales/{saleId}/audit': {
    answer: {
      saleId: string;
      holds: boolean;
      oversold: number;
      lost: number;
      duplicated: number;
      stockLeft: number;
      drift: number;
      checks: {
        name: string;
        holds: boolean;
        detail: string;
      }[];
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/admin/sales/{saleId}/report': {
    answer: {
      saleId: string;
      title: string;
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      /** ISO 8601, UTC */
      closedAt?: string;
      /** ISO 8601, UTC */
      madeAt: string;
      funnel: {
        /** purchase tokens given out */
        tokens: number;
        /** answers to attempts to buy */
        tries: number;
        /** reservations */
        won: number;
        /** orders */
        ordered: number;
        /** paid orders */
        paid: number;
      };
      answers: Record<string, number>;
      orders: {
        pendingPayment: number;
        paid: number;
        cancelled: number;
        refunded: number;
        rejected: number;
      };
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        won: number;
        paid: number;
        pending: number;
        returned: number;
        resold: number;
        revenueCents: number;
      }[];
      sellThrough: {
        /** ISO 8601, UTC */
        at: string;
        won: number;
        paid: number;
        returned: number;
      }[];
      winToOrderMs: {
        p50: number;
        p95: number;
        p99: number;
        max: number;
      } | null;
      orderToPaidMs: {
        p50: number;
        p95: number;
        p99: number;
        max: number;
      } | null;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/orders': {
    answer: {
      orders: {
        orderId: string;
        reservationId: string;
        saleId: string;
        itemId: string;
        /** the item's */
        title: string;
        quantity: number;
        amountCents: number;
        currency: string;
        status: 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'REFUNDED';
        /** ISO 8601, UTC */
        payBy: string;
        /** ISO 8601, UTC */
        createdAt: string;
        /** ISO 8601, UTC */
        settledAt?: string;
        /** why it was cancelled: "unpaid" or "buyer" */
        reason?: string;
      }[];
    };
    problem: 'VALIDATION_FAILED' | 'UNAUTHENTICATED' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/orders/{orderId}': {
    answer: {
      orderId: string;
      reservationId: string;
      saleId: string;
      itemId: string;
      /** the item's */
      title: string;
      quantity: number;
      amountCents: number;
      currency: string;
      status: 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'REFUNDED';
      /** ISO 8601, UTC */
      payBy: string;
      /** ISO 8601, UTC */
      createdAt: string;
      /** ISO 8601, UTC */
      settledAt?: string;
      /** why it was cancelled: "unpaid" or "buyer" */
      reason?: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/reservations/{reservationId}': {
    answer: {
      reservationId: string;
      status: 'RESERVED' | 'ORDERED' | 'PAID' | 'CANCELLED' | 'REJECTED' | 'REFUNDED';
      /** Present from ORDERED on. */
      order?: {
        orderId: string;
        amountCents: number;
        currency: string;
        /** ISO 8601, UTC */
        payBy: string;
      };
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/reservations/{reservationId}/live': {
    answer: string;
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'RATE_LIMITED' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/sales': {
    answer: {
      /** ISO 8601, UTC */
      serverTime: string;
      sales: {
        saleId: string;
        title: string;
        state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
        /** ISO 8601, UTC */
        startsAt: string;
        /** ISO 8601, UTC */
        endsAt: string;
        payTimeoutSeconds: number;
        /** Purchase tokens are given out from this many seconds before the start. */
        tokenLeadSeconds: number;
        items: {
          itemId: string;
          title: string;
          priceCents: number;
          currency: string;
          stock: number;
          limitPerUser: number;
          /** Units left; about half a second old at most while the sale runs. */
          remaining: number;
        }[];
        /** ISO 8601, UTC */
        serverTime: string;
      }[];
    };
    problem: 'INTERNAL' | 'UNAVAILABLE';
  };
  'GET /api/sales/{saleId}': {
    answer: {
      saleId: string;
      title: string;
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      /** Purchase tokens are given out from this many seconds before the start. */
      tokenLeadSeconds: number;
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        limitPerUser: number;
        /** Units left; about half a second old at most while the sale runs. */
        remaining: number;
      }[];
      /** ISO 8601, UTC */
      serverTime: string;
    };
    problem: 'NOT_FOUND' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/admin/sales': {
    body: {
      title: string;
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      tokenLeadSeconds?: number;
      rateLimit: {
        ratePerSecond: number;
        burst: number;
      };
      items: {
        title: string;
        priceCents: number;
        /** ISO 4217 */
        currency: string;
        stock: number;
        limitPerUser?: number;
      }[];
    };
    answer: {
      saleId: string;
      version: number;
      title: string;
      status: 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'CLOSED';
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      tokenLeadSeconds: number;
      rateLimit: {
        ratePerSecond: number;
        burst: number;
      };
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        sold: number;
        limitPerUser: number;
      }[];
      /** ISO 8601, UTC */
      createdAt: string;
    };
    problem: 'VALIDATION_FAILED' | 'UNAUTHENTICATED' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/admin/sales/{saleId}/close': {
    answer: {
      saleId: string;
      version: number;
      title: string;
      status: 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'CLOSED';
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      tokenLeadSeconds: number;
      rateLimit: {
        ratePerSecond: number;
        burst: number;
      };
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        sold: number;
        limitPerUser: number;
      }[];
      /** ISO 8601, UTC */
      createdAt: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'WRONG_SALE_STATE' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/admin/sales/{saleId}/items/{itemId}/stock': {
    body: {
      add: number;
      requestId?: string;
    };
    answer: {
      itemId: string;
      /** All units of the item after the call. */
      stock: number;
      added: number;
    };
    problem:
      | 'VALIDATION_FAILED'
      | 'UNAUTHENTICATED'
      | 'NOT_FOUND'
      | 'WRONG_SALE_STATE'
      | 'REQUEST_ID_REUSED'
      | 'INTERNAL'
      | 'UNAVAILABLE';
  };
  'POST /api/admin/sales/{saleId}/pause': {
    answer: {
      saleId: string;
      version: number;
      title: string;
      status: 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'CLOSED';
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      tokenLeadSeconds: number;
      rateLimit: {
        ratePerSecond: number;
        burst: number;
      };
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        sold: number;
        limitPerUser: number;
      }[];
      /** ISO 8601, UTC */
      createdAt: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'WRONG_SALE_STATE' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/admin/sales/{saleId}/publish': {
    answer: {
      saleId: string;
      version: number;
      title: string;
      status: 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'CLOSED';
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      tokenLeadSeconds: number;
      rateLimit: {
        ratePerSecond: number;
        burst: number;
      };
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        sold: number;
        limitPerUser: number;
      }[];
      /** ISO 8601, UTC */
      createdAt: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'WRONG_SALE_STATE' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/admin/sales/{saleId}/resume': {
    answer: {
      saleId: string;
      version: number;
      title: string;
      status: 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'CLOSED';
      state: 'DRAFT' | 'UPCOMING' | 'LIVE' | 'PAUSED' | 'ENDED';
      /** ISO 8601, UTC */
      startsAt: string;
      /** ISO 8601, UTC */
      endsAt: string;
      payTimeoutSeconds: number;
      tokenLeadSeconds: number;
      rateLimit: {
        ratePerSecond: number;
        burst: number;
      };
      items: {
        itemId: string;
        title: string;
        priceCents: number;
        currency: string;
        stock: number;
        sold: number;
        limitPerUser: number;
      }[];
      /** ISO 8601, UTC */
      createdAt: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'WRONG_SALE_STATE' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/dev/buyers': {
    body: {
      saleId: string;
      buyers: number;
    };
    answer: {
      buyers: number;
    };
    problem: 'VALIDATION_FAILED' | 'UNAUTHENTICATED' | 'NOT_FOUND' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/dev/login': {
    body: {
      userId: string;
    };
    answer: {
      accessToken: string;
    };
    problem: 'VALIDATION_FAILED' | 'INTERNAL';
  };
  'POST /api/orders/{orderId}/cancel': {
    answer: {
      orderId: string;
      reservationId: string;
      saleId: string;
      itemId: string;
      /** the item's */
      title: string;
      quantity: number;
      amountCents: number;
      currency: string;
      status: 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'REFUNDED';
      /** ISO 8601, UTC */
      payBy: string;
      /** ISO 8601, UTC */
      createdAt: string;
      /** ISO 8601, UTC */
      settledAt?: string;
      /** why it was cancelled: "unpaid" or "buyer" */
      reason?: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'NOT_CANCELLABLE' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/orders/{orderId}/payments': {
    answer: {
      paymentId: string;
      checkoutUrl: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_FOUND' | 'NOT_PAYABLE' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/payments/webhook': {
    body: {
      eventId: string;
      type: 'payment.succeeded' | 'payment.failed';
      paymentId: string;
      orderId: string;
      amountCents: number;
      /** ISO 4217 */
      currency: string;
    };
    answer: {
      received: true;
    };
    problem: 'VALIDATION_FAILED' | 'SIGNATURE_INVALID' | 'INTERNAL' | 'UNAVAILABLE';
  };
  'POST /api/reservations': {
    body: {
      purchaseToken: string;
      quantity?: number;
    };
    answer: {
      reservationId: string;
      status: 'RESERVED';
    };
    problem:
      | 'VALIDATION_FAILED'
      | 'TOKEN_INVALID'
      | 'NOT_STARTED'
      | 'SOLD_OUT'
      | 'LIMIT_REACHED'
      | 'SALE_ENDED'
      | 'RATE_LIMITED'
      | 'INTERNAL'
      | 'SALE_PAUSED'
      | 'UNAVAILABLE';
  };
  'POST /api/sales/{saleId}/items/{itemId}/purchase-token': {
    answer: {
      purchaseToken: string;
      reservationId: string;
      /** ISO 8601, UTC */
      opensAt: string;
      /** ISO 8601, UTC */
      expiresAt: string;
    };
    problem: 'UNAUTHENTICATED' | 'NOT_OPEN_YET' | 'NOT_FOUND' | 'SOLD_OUT' | 'SALE_ENDED' | 'INTERNAL' | 'UNAVAILABLE';
  };
}
