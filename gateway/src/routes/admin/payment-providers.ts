import { ProviderNames } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

export async function paymentProvidersRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/payment-providers',
    {
      schema: {
        ...operatorCall,
        summary: 'List the payment providers that a sale can offer',
        response: {
          200: Type.Object({
            paymentProviders: {
              ...ProviderNames,
              description: 'those that the order workers have, the usual one first; empty until a worker has said so',
            },
          }),
          ...problems('UNAUTHENTICATED'),
        },
      },
    },
    async () => ({ paymentProviders: [...nats.paymentProviders] }),
  );
}
