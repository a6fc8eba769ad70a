import { isUserId, Problem, USER_ID_MAX_BYTES, UserId } from 'seckill-core';
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
        body: Type.Object({ userId: UserId }, { additionalProperties: false }),
        response: { 201: Type.Object({ accessToken: Type.String() }), ...problems('VALIDATION_FAILED') },
      },
    },
    async (request, reply) => {
      if (!isUserId(request.body.userId)) {
        throw new Problem('VALIDATION_FAILED', `userId must have at most ${USER_ID_MAX_BYTES} bytes in UTF-8.`);
      }
      reply.statusCode = 201;
      return { accessToken: accessTokens.issue(request.body.userId) };
    },
  );
}
