import { AdminSale, calls, SALE_COMMANDS, type SaleCommand } from 'seckill-core';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownSale, ofSale, operatorCall } from './operator-call.ts';

/** One route for each command: publish, pause, resume, close. */
export async function saleCommandRoutes(app: App, { nats, sales }: AdminParts & { sales: SalesMemory }): Promise<void> {
  for (const command of Object.keys(SALE_COMMANDS) as SaleCommand[]) {
    app.post(
      `/api/admin/sales/:saleId/${command}`,
      {
        schema: {
          ...operatorCall,
          summary: `${command.charAt(0).toUpperCase()}${command.slice(1)} a sale`,
          description: `Moves the sale from ${SALE_COMMANDS[command].from.join(' or ')} to ${SALE_COMMANDS[command].to}.`,
          params: ofSale,
          response: { 200: AdminSale, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'WRONG_SALE_STATE', 'UNAVAILABLE') },
        },
      },
      async (request) => {
        const sale = await nats.ask(calls.commandSale, { ...knownSale(request.params), command });
        await sales.refresh().catch(() => undefined);
        return sale;
      },
    );
  }
}
