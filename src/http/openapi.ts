import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import type { HttpEnv } from './authorize.ts';
import { type JsonSchema, schemaWriter } from './json-schema.ts';

export type OpenApiDocument = {
  openapi: string;
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  tags: { name: string; description: string }[];
  security: object[];
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: object; schemas: Record<string, JsonSchema> };
};
export type Operation = {
  operationId: string;
  tags?: string[];
  summary?: string;
  description?: string;
  security?: object[];
  parameters?: { name: string; in: string; required: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; headers?: object; content?: Content }>;
};
type Content = Record<string, { schema: JsonSchema }>;

const tags = [
  { name: 'Accounts', description: 'One mailbox for each user of a tenant.' },
  { name: 'Messages', description: 'What is in a mailbox; read here, changed at the provider.' },
  { name: 'Sending', description: 'Mails, and what became of them.' },
  { name: 'Events', description: 'Everything that happened; also on Redis pub/sub, see AsyncAPI.' },
  { name: 'Orders', description: 'What became of a job.' },
  { name: 'Secrets', description: 'How a secret reaches Postbud without anybody reading it.' },
  { name: 'Tenants', description: 'What a tenant decides for itself, and its tokens.' },
  { name: 'Operation', description: 'For who runs the installation.' },
];

const tokenScheme =
  "The installation's own token, or one of a tenant (`POST /v1/tokens`) with one of the scopes that the operation names.";

/**
 * The API as OpenAPI 3.1, from the routes that an app has. Zod writes the schemas itself (and not the generator that
 * comes with the routes): it knows all of its own types, and tells what goes in from what comes out.
 */
export function openApiOf(app: OpenAPIHono<HttpEnv>): OpenApiDocument {
  const schemas = schemaWriter('#/components/schemas/', 'draft-2020-12');
  const paths: OpenApiDocument['paths'] = {};
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const route = definition.route as RouteConfig;
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, schemas) };
  }
  const sorted = Object.entries(schemas.components).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postbud',
      version: '1',
      description:
        'Keeps the mailbox of each CRM user connected. Orders are also BullMQ jobs and events are also on Redis pub/sub; this API adds the same jobs and reads the same log. Errors are problem documents (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags,
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: tokenScheme } },
      schemas: Object.fromEntries(sorted),
    },
  };
}

type Answer = { description: string; content?: object; headers?: unknown };
type Writer = ReturnType<typeof schemaWriter>;

function operationOf(route: RouteConfig, schemas: Writer): Operation {
  const { method, path, summary, description, security, request } = route;
  const parameters = [
    ...parametersOf('path', request?.params, schemas),
    ...parametersOf('query', request?.query, schemas),
    ...parametersOf('header', request?.headers, schemas),
  ];
  return {
    operationId: route.operationId ?? `${method} ${path}`,
    ...(route.tags ? { tags: route.tags } : {}),
    ...(summary ? { summary } : {}),
    ...(description ? { description } : {}),
    ...(security ? { security } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(request?.body
      ? { requestBody: { required: true, content: contentOf(request.body.content, schemas, 'input') } }
      : {}),
    responses: Object.fromEntries(
      Object.entries(route.responses).map(([status, response]) => {
        const { description: text, content, headers } = response as Answer;
        return [
          status,
          {
            description: text,
            ...(headers instanceof z.ZodObject ? { headers: headersOf(headers, schemas) } : {}),
            ...(content ? { content: contentOf(content, schemas, 'output') } : {}),
          },
        ];
      }),
    ),
  };
}

function contentOf(content: object, schemas: Writer, io: 'input' | 'output'): Content {
  return Object.fromEntries(
    Object.entries(content as Record<string, { schema: unknown }>).map(([type, { schema }]) => [
      type,
      { schema: schemas.write(schema as z.ZodType, io) },
    ]),
  );
}

function parametersOf(place: string, schema: unknown, schemas: Writer): NonNullable<Operation['parameters']> {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>)
    .filter(([name]) => name !== 'accept') // OpenAPI says that by the content types of the answers
    .map(([name, field]) => {
      const { description, ...own } = schemas.write(field, 'input');
      return {
        name,
        in: place,
        required: place === 'path' || !field.safeParse(undefined).success,
        ...(typeof description === 'string' ? { description } : {}),
        schema: own,
      };
    });
}

function headersOf(schema: z.ZodObject, schemas: Writer): object {
  return Object.fromEntries(
    Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => [
      name,
      { schema: schemas.write(field, 'output') },
    ]),
  );
}
