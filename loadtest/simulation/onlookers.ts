import { get, type IncomingMessage } from 'node:http';
import { granted } from './api/answer.ts';
import { BuyerApi } from './api/buyer-api.ts';
import type { HttpClient } from './http/http-client.ts';

/** A buyer who has a reservation and looks at how it stands. */
export interface Onlooker {
  accessToken: string;
  reservationId: string;
}

/** Signs `count` buyers in (`DEV_LOGIN`) and has each win a unit of the item. Throws if one does not. */
export function findOnlookers(
  client: HttpClient,
  { gateway, saleId, itemId, count }: { gateway: string; saleId: string; itemId: string; count: number },
): Promise<Onlooker[]> {
  const api = new BuyerApi(client);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { accessToken } = granted(await api.login(gateway, `onlooker-${index}`));
      const { purchaseToken } = granted(await api.purchaseToken(gateway, accessToken, saleId, itemId));
      const { reservationId } = granted(await api.reserve(gateway, purchaseToken));
      return { accessToken, reservationId };
    }),
  );
}

/** The live stream of the onlooker's reservation; its status may be another than 200. `destroy` closes it. */
export function openLive(gateway: string, { accessToken, reservationId }: Onlooker): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${accessToken}`, accept: 'text/event-stream' };
    get(`${gateway}/api/reservations/${reservationId}/live`, { headers, agent: false }, (stream) => {
      stream.on('error', () => undefined);
      stream.resume();
      resolve(stream);
    }).on('error', reject);
  });
}
