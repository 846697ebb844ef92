import { readFileSync } from 'node:fs';
import type { Hono } from 'hono';
import type { HttpEnv } from './authorize.ts';
import { docsPage } from './docs-page.ts';
import type { OpenApiDocument } from './openapi.ts';

const policy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `/docs`: the reference of this API, from the same document that tools read. No script, nothing from elsewhere. */
export function docsRoutes(app: Hono<HttpEnv>, document: OpenApiDocument): void {
  const style = readFileSync(new URL('./pages.css', import.meta.url), 'utf8');
  const page = String(docsPage(document));
  const kept = 'public, max-age=300';
  const asyncApi = readFileSync(new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8');
  app.get('/docs/asyncapi.yaml', (c) => {
    c.header('content-type', 'application/yaml; charset=utf-8');
    c.header('cache-control', kept);
    return c.body(asyncApi);
  });
  app.get('/docs', (c) => {
    c.header('content-security-policy', policy);
    c.header('cache-control', kept);
    return c.html(page);
  });
  app.get('/docs/openapi.json', (c) => {
    c.header('cache-control', kept);
    return c.json(document);
  });
  app.get('/assets/pages.css', (c) => {
    c.header('content-type', 'text/css; charset=utf-8');
    c.header('cache-control', kept);
    return c.body(style);
  });
}
