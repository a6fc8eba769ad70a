import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './app-type.ts';

/** Builds the API document from the schemas that validate and serialize. Register it before the routes. */
export async function registerOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Seckill',
        version: '0.1.0',
        description:
          'Flash sales. Errors are `application/problem+json` with a `code` from [this table](/problems). Unknown fields are errors. ' +
          "Times are ISO 8601 in UTC. Money is an integer in the currency's ISO 4217 minor unit: 1999 is EUR 19.99, JPY 1999 or KWD 1.999. " +
          'What happens to orders and sales is on [the page of the events](/docs/events) and in `/asyncapi.json`.',
      },
      components: {
        securitySchemes: {
          user: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "A user's access token." },
          admin: { type: 'http', scheme: 'bearer', description: "The operator's token, `ADMIN_TOKEN`." },
        },
      },
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // The validator's badge would be an image from another host.
    uiConfig: { validatorUrl: null, docExpansion: 'list' },
    staticCSP: true,
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
