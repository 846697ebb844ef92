import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import asyncApiSpecs from '@asyncapi/specs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { stale } from '../scripts/docs.ts';
import { settingsTable, withSettings } from '../scripts/docs-settings.ts';
import { settings } from '../src/config.ts';
import { events } from '../src/events.ts';
import { orders } from '../src/queues/orders.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into by name
type Document = any;
const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');
const openApi: Document = JSON.parse(await read('docs/openapi.json'));
const asyncApi: Document = parse(await read('docs/asyncapi.yaml'));

/** Every reference that leads nowhere. */
function deadReferences(document: Document): string[] {
  const dead: string[] = [];
  const walk = (value: unknown) => {
    if (value === null || typeof value !== 'object') return;
    const { $ref } = value as { $ref?: unknown };
    if (typeof $ref === 'string') {
      const found = $ref
        .slice('#/'.length)
        .split('/')
        .reduce((at, name) => at?.[name], document);
      if (found === undefined) dead.push($ref);
    }
    for (const part of Object.values(value)) walk(part);
  };
  walk(document);
  return dead;
}

describe('the published documents', () => {
  it('say what the schemas in the code say; if not: npm run docs', async () => {
    assert.deepEqual(await stale(), []);
  });

  it('are valid OpenAPI, by a validator that is not ours', async () => {
    const { valid, errors } = await new Validator().validate(openApi);
    assert.ok(valid, JSON.stringify(errors, null, 2));
    assert.equal(openApi.openapi, '3.1.0');
    assert.deepEqual(deadReferences(openApi), []);
  });

  it('are valid AsyncAPI, by its own JSON Schema', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
    (addFormats as unknown as (ajv: Ajv) => void)(ajv);
    const validate = ajv.compile(asyncApiSpecs.schemasWithoutId['3.0.0'] as object);
    assert.ok(validate(asyncApi), JSON.stringify(validate.errors?.slice(0, 5), null, 2));
    assert.deepEqual(deadReferences(asyncApi), []);
  });

  it('name every event, and every order that a CRM gives', () => {
    const types = Object.keys(asyncApi.channels.events.messages);
    assert.deepEqual(types, Object.keys(events));
    for (const [name, { addedBy }] of Object.entries(orders)) {
      assert.equal(asyncApi.channels[name] !== undefined, addedBy === 'crm', name);
    }
  });

  it('have schemas that take what the code takes: an order, an event, an answer', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    (addFormats as unknown as (ajv: Ajv) => void)(ajv);
    ajv.addSchema(asyncApi, 'asyncapi');
    const connect = ajv.getSchema('asyncapi#/components/messages/connect-account/payload')!;
    assert.ok(connect({ tenantId: 'acme', userId: '42', email: 'kim@example.dk' }), JSON.stringify(connect.errors));
    assert.ok(!connect({ tenantId: 'acme', userId: '-', email: 'kim@example.dk' }));
    const paused = ajv.getSchema('asyncapi#/components/messages/account.paused/payload')!;
    const event = {
      specversion: '1.0',
      id: '0193a1b2-0000-7000-8000-000000000000',
      source: 'https://postbud.example',
      type: 'postbud.account.paused',
      time: '2026-11-22T10:00:00.000Z',
      datacontenttype: 'application/json',
      tenantid: 'acme',
      userid: '42',
      userseq: 1,
      cursor: '7',
      data: { by: 'order' },
    };
    assert.ok(paused(event), JSON.stringify(paused.errors));
    assert.ok(!paused({ ...event, type: 'postbud.account.resumed' }));
    assert.ok(!paused({ ...event, data: { by: 'chance' } }));
  });

  it('list every setting in the README, between two marks and nowhere else', () => {
    const table = settingsTable();
    for (const name of Object.keys(settings)) assert.ok(table.includes(`| \`${name}\` |`), name);
    const readme = 'before\n<!-- settings -->\nold\n<!-- /settings -->\nafter';
    assert.equal(withSettings(readme), `before\n<!-- settings -->\n${table}\n<!-- /settings -->\nafter`);
    assert.equal(withSettings('no marks'), 'no marks');
  });
});
