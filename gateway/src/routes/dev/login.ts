import { USER_ID_PATTERN } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';

/** Issues a token for any user without a check. Only registered if DEV_LOGIN is true. */
export async function devLoginRoute(app: App, { accessTokens }: { accessTokens: AccessTokens }): Promise<void> {
  app.post(
    '/api/dev/login',
    {
      schema: {
        tags: ['development'],
        summary: 'Get an access token for any user id',
        body: Type.Object({ userId: Type.String({ pattern: USER_ID_PATTERN }) }, { additionalProperties: false }),
        response: { 201: Type.Object({ accessToken: Type.String() }), ...problems('VALIDATION_FAILED') },
      },
    },
    async (request, reply) => {
      reply.statusCode = 201;
      return { accessToken: accessTokens.issue(request.body.userId) };
    },
  );
}
