import { OpenAPIHono } from '@hono/zod-openapi';
import { apiRoutes, type HttpParts } from '../src/http/app.ts';
import type { HttpEnv } from '../src/http/authorize.ts';
import { type OpenApiDocument, openApiOf } from '../src/http/openapi.ts';

/** The API as OpenAPI, from its routes. No request comes here, so the routes get no database and no Redis. */
export function openApi(): OpenApiDocument {
  const app = new OpenAPIHono<HttpEnv>();
  apiRoutes(app, {} as HttpParts);
  return openApiOf(app);
}
