import { USER_ID_PATTERN } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../app.ts';
import type { GatewayParts } from '../../gateway-parts.ts';
import { problems } from '../../http/problem-responses.ts';

/** Signs anybody in as anybody: only registered where DEV_LOGIN is true. */
export async function devLoginRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  app.post(
    '/api/dev/login',
    {
      schema: {
        tags: ['development'],
        summary: 'An access token for any user id',
        body: Type.Object({ userId: Type.String({ pattern: USER_ID_PATTERN }) }, { additionalProperties: false }),
        response: { 201: Type.Object({ accessToken: Type.String() }), ...problems('VALIDATION_FAILED') },
      },
    },
    async (request, reply) => {
      reply.statusCode = 201;
      return { accessToken: parts.accessTokens.issue(request.body.userId) };
    },
  );
}
