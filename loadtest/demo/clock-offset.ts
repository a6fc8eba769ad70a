import type { HttpClient } from 'simulation';

const LOOKS = 5;

/** The platform's clock minus this machine's, ms. 0 if the difference is smaller than the error of this measurement. */
export async function readClockOffset(client: HttpClient, gateway: string): Promise<number> {
  let best = { offset: 0, error: Number.POSITIVE_INFINITY };
  for (let look = 0; look < LOOKS; look += 1) {
    const { body, ms } = await client.request({ method: 'GET', url: `${gateway}/api/sales` });
    const serverTime = serverTimeIn(body);
    if (serverTime !== undefined && ms / 2 < best.error) best = { offset: serverTime - (Date.now() - ms / 2), error: ms / 2 };
  }
  return Math.abs(best.offset) <= best.error + 2 ? 0 : best.offset;
}

function serverTimeIn(body: string): number | undefined {
  const text = /"serverTime":"([^"]+)"/.exec(body)?.[1];
  return text === undefined ? undefined : Date.parse(text);
}
