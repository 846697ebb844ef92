import { html } from 'hono/html';
import { schemaRows } from './docs-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import type { OpenApiDocument, Operation } from './openapi.ts';
import { problemKinds } from './problem.ts';

type Html = ReturnType<typeof html>;
type Entry = { path: string; method: string; operation: Operation };

/** The API reference as one page of plain HTML. */
export function docsPage(document: OpenApiDocument): Html {
  const entries: Entry[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = document.tags.map((tag) => ({
    ...tag,
    entries: entries.filter(({ operation }) => operation.tags?.includes(tag.name)),
  }));
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${document.info.title} API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/assets/pages.css">
</head>
<body class="reference">
  <a class="skip" href="#content">Skip to content</a>
  <nav aria-label="Contents">
    <p class="brand">${document.info.title}</p>
    ${groups.map(
      (group) => html`<p class="group">${group.name}</p>
      <ul>${group.entries.map(
        ({ path, method, operation }) =>
          html`<li><a href="#${operation.operationId}"><span class="method ${method}">${method}</span> ${breakable(path)}</a></li>`,
      )}</ul>`,
    )}
    <p class="group">More</p>
    <ul>
      <li><a href="#problems">Problems</a></li>
      <li><a href="#schemas">Schemas</a></li>
      <li><a href="/docs/openapi.json">openapi.json</a></li>
      <li><a href="/docs/asyncapi.yaml">asyncapi.yaml</a></li>
    </ul>
  </nav>
  <main id="content">
    <h1>${document.info.title} API</h1>
    <p class="lead">${document.info.description}</p>
    <p>Queues and events are described in <a href="/docs/asyncapi.yaml">asyncapi.yaml</a>.</p>
    <p>Send the token as <code>Authorization: Bearer …</code>. Routes marked <em>open</em> need none.</p>
    ${groups.map(
      (group) => html`<section aria-label="${group.name}">
      <h2>${group.name}</h2>
      <p>${group.description}</p>
      ${group.entries.map(article)}
    </section>`,
    )}
    ${problems()}
    <section id="schemas">
      <h2>Schemas</h2>
      ${Object.entries(document.components.schemas).map(
        ([name, schema]) => html`<article id="schema-${name}">
        <h3>${name}</h3>
        ${schemaRows(schema)}
      </article>`,
      )}
    </section>
  </main>
</body>
</html>`;
}

function article({ path, method, operation }: Entry): Html {
  const { operationId, summary, description, security, parameters = [], requestBody, responses } = operation;
  return html`<article id="${operationId}">
    <h3><span class="method ${method}">${method}</span> <code>${breakable(path)}</code>
      ${security?.length === 0 ? html`<span class="open">open</span>` : ''}</h3>
    <p>${summary ?? ''}</p>
    ${description ? html`<p class="note">${withCode(description)}</p>` : ''}
    ${
      parameters.length > 0
        ? html`<h4>Parameters</h4>
    ${schemaRows(asObject(parameters))}`
        : ''
    }
    ${requestBody ? html`<h4>Body</h4>${contents(requestBody.content)}` : ''}
    <h4>Answers</h4>
    ${Object.entries(responses).map(([status, response]) => {
      const line = html`<span class="status s${status.slice(0, 1)}">${status}</span> ${withCode(response.description)}`;
      // Problems all look the same; they are told of once, below.
      return response.content && status < '400'
        ? html`<details><summary>${line}</summary>${contents(response.content)}</details>`
        : html`<p class="answer">${line}</p>`;
    })}
  </article>`;
}

function contents(content: Record<string, { schema: JsonSchema }>) {
  return Object.entries(content).map(
    ([type, { schema }]) => html`<p class="type"><code>${type}</code></p>${schemaRows(schema)}`,
  );
}

/** Parameters read like the fields of an object; where each stands is said with its type. */
function asObject(parameters: NonNullable<Operation['parameters']>): JsonSchema {
  return {
    type: 'object',
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(
      parameters.map(({ name, in: place, description = '', schema }) => [
        name,
        { ...schema, description: `In the ${place}. ${description}` },
      ]),
    ),
  };
}

function problems(): Html {
  return html`<section id="problems">
    <h2>Problems</h2>
    <p>Every error is an <code>application/problem+json</code> document; its <code>type</code> is one of these.</p>
    <table>
      <thead><tr><th scope="col">Type</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead>
      <tbody>${Object.entries(problemKinds).map(
        ([kind, { status, title }]) =>
          html`<tr id="${kind}"><th scope="row"><code>/docs#${kind}</code></th><td>${status}</td><td>${withCode(title)}</td></tr>`,
      )}</tbody>
    </table>
  </section>`;
}

/** Long paths may break before a slash. */
const breakable = (path: string) => path.split(/(?=\/)/).map((part) => html`${part}<wbr>`);

/** Words between backticks are code. */
export const withCode = (text: string) =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
