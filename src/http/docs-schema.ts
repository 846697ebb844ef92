import { html } from 'hono/html';
import type { JsonSchema } from './json-schema.ts';

type Html = ReturnType<typeof html>;
const deepest = 6;

/** A JSON Schema for people: its fields as a list, what they hold, and which must be there. */
export function schemaRows(schema: JsonSchema, depth = 0): Html | string {
  const variants = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined;
  const properties = schema.properties as Record<string, JsonSchema> | undefined;
  if (properties && depth < deepest) {
    const required = new Set(schema.required as string[] | undefined);
    return html`<dl>${Object.entries(properties).map(([name, field]) => row(name, field, required.has(name), depth))}</dl>`;
  }
  if (variants && depth < deepest && variants.some(hasFields)) {
    return html`<p class="type">One of:</p><ul class="variants">${variants.map(
      (variant) => html`<li>${hasFields(variant) ? schemaRows(variant, depth + 1) : typeOf(variant)}</li>`,
    )}</ul>`;
  }
  return html`<p class="type">${typeOf(schema)}</p>`;
}

function row(name: string, field: JsonSchema, required: boolean, depth: number): Html {
  const inner = (field.type === 'array' ? field.items : field) as JsonSchema;
  return html`<dt><code>${name}</code>${required ? '' : html` <span class="optional">optional</span>`}</dt>
  <dd><span class="type">${typeOf(field)}</span>${field.description ? html` ${String(field.description).replaceAll('`', '')}` : ''}
    ${hasFields(inner) ? schemaRows(inner, depth + 1) : ''}</dd>`;
}

function hasFields(schema: JsonSchema | undefined): boolean {
  if (!schema || schema.$ref !== undefined) return false;
  const variants = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined;
  return schema.properties !== undefined || (variants?.some(hasFields) ?? false);
}

function typeOf(schema: JsonSchema): Html | string {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1)!;
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (Array.isArray(schema.enum)) {
    return html`${schema.enum.map((value, at) => html`${at > 0 ? ' | ' : ''}<code>${JSON.stringify(value)}</code>`)}`;
  }
  const variants = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined;
  if (variants && !variants.some(hasFields)) {
    return html`${variants.map((variant, at) => html`${at > 0 ? ' | ' : ''}${typeOf(variant)}`)}`;
  }
  if (schema.type === 'array') return html`list of ${typeOf(schema.items as JsonSchema)}`;
  const { type = 'anything', format, minimum, maximum, maxLength } = schema;
  const limits = [
    format,
    minimum === undefined ? undefined : `from ${minimum}`,
    maximum === undefined ? undefined : `to ${maximum}`,
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
    schema.default === undefined ? undefined : `default ${JSON.stringify(schema.default)}`,
  ].filter((limit) => limit !== undefined);
  return limits.length > 0 ? `${type} (${limits.join(', ')})` : String(type);
}
