import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from '../app.ts';

/** The API document, made of the schemas that validate and serialize. Register it before the routes. */
export async function registerOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Seckill',
        version: '0.1.0',
        description:
          'Flash sales. Errors are `application/problem+json` with a `code` of [this table](/problems); unknown fields are errors. ' +
          'Times are ISO 8601 in UTC, money is integer cents.',
      },
      components: {
        securitySchemes: {
          user: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "a user's access token" },
          admin: { type: 'http', scheme: 'bearer', description: "the operator's token, `ADMIN_TOKEN`" },
        },
      },
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // The validator's badge would be an image from elsewhere.
    uiConfig: { validatorUrl: null, docExpansion: 'list' },
    staticCSP: true,
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
