/** How the index stores orders. A keyword of all titles, in lower case, finds a part of a word in any language: only as many differ as there are items. */
export const INDEX_OF_ORDERS = {
  mappings: {
    dynamic: 'strict',
    properties: {
      orderId: { type: 'keyword' },
      saleId: { type: 'keyword' },
      itemId: { type: 'keyword' },
      userId: { type: 'keyword' },
      status: { type: 'keyword' },
      version: { type: 'long' },
      createdAt: { type: 'date', format: 'epoch_millis' },
      titles: { type: 'keyword' },
    },
  },
} as const;

/** An order in the index, under its id. It says nothing of how to reach the buyer. */
export interface OrderDocument {
  orderId: string;
  saleId: string;
  itemId: string;
  userId: string;
  status: string;
  version: number;
  /** ms. */
  createdAt: number;
  titles: string;
}
