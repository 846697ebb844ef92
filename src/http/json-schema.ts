import { z } from 'zod';
import { envelope, messageReceived, validation } from '../events.ts';
import { messageView } from '../mailbox-view.ts';
import { person, prefill, publicServer, refusal, server, userAction } from '../words.ts';
import { accountView } from './account-view.ts';
import { orderState } from './api.ts';
import { problemDocument } from './problem.ts';

/** Schemas that get a name of their own in the published documents; everything else stands where it is used. */
const named = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({
  Account: accountView,
  Event: envelope,
  Message: messageView,
  MessageReceived: messageReceived,
  Order: orderState,
  Person: person,
  Prefill: prefill,
  Problem: problemDocument,
  PublicServer: publicServer,
  Refusal: refusal,
  Server: server,
  UserAction: userAction,
  Validation: validation,
})) {
  named.add(schema, { id });
}

export type JsonSchema = { [keyword: string]: unknown };

/**
 * Writes Zod schemas as JSON Schema, named ones once and by reference.
 * @param at where the named ones stand in the document, e.g. `#/components/schemas/`.
 */
export function schemaWriter(at: string, target: 'draft-2020-12' | 'draft-7') {
  const components: Record<string, JsonSchema> = {};

  function write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const written = z.toJSONSchema(schema, {
      metadata: named,
      target,
      io,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => simplify(jsonSchema as JsonSchema),
    }) as JsonSchema;
    const { $schema: _, $defs, definitions, ...own } = written;
    const parts = (($defs ?? definitions) as Record<string, JsonSchema> | undefined) ?? {};
    for (const [id, part] of Object.entries(parts)) components[id] ??= elsewhere(part, at);
    const id = named.get(schema)?.id;
    if (id === undefined) return elsewhere(own, at);
    components[id] ??= elsewhere(own, at);
    return { $ref: `${at}${id}` };
  }
  return { write, components };
}

/** What a reader needs: a format is enough, and an answer may get more fields with a later release. */
function simplify(schema: JsonSchema): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.format === 'base64') delete schema.format;
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.propertyNames !== undefined && Object.keys(schema.propertyNames as object).length === 1) {
    delete schema.propertyNames; // only says that names are strings
  }
  delete schema.id;
}

function elsewhere<T>(value: T, at: string): T {
  if (Array.isArray(value)) return value.map((item) => elsewhere(item, at)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === '$ref' && typeof part === 'string'
        ? part.replace(/^#\/(\$defs|definitions)\//, at)
        : elsewhere(part, at),
    ]),
  ) as T;
}
