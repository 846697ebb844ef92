import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mayReturnTo, tenantDefaults, tenantSettings } from '../src/db/tenant-settings.ts';
import { startHttp, type TestHttp } from './support/http.ts';
import { freshName } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp();
});
after(() => http.stop());

async function put(tenantId: string, settings: unknown) {
  const headers = { 'content-type': 'application/json' };
  const answer = await http.ask(`/v1/tenants/${tenantId}`, { method: 'PUT', headers, body: JSON.stringify(settings) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look at single fields
  return { status: answer.status, body: (await answer.json()) as any };
}
const get = async (tenantId: string) => (await http.ask(`/v1/tenants/${tenantId}`)).json();

describe("a tenant's settings", () => {
  it('are the defaults until it decides something', async () => {
    assert.deepEqual(await get(freshName('acme')), tenantDefaults);
  });

  it('are replaced as a whole, and count at once where they were changed', async () => {
    const tenantId = freshName('acme');
    assert.deepEqual(await tenantSettings(http.db, tenantId), tenantDefaults);
    const settings = {
      folders: { watch: ['inbox', 'Kunder/Æble'], others: 'none', never: [] },
      name: 'Holm CRM',
      bodyPolicy: 'full',
      bodyMaxBytes: 65_536,
      bodyDays: 7,
      returnOrigins: ['https://crm.example', 'http://localhost:8080'],
      frameOrigins: ['https://crm.example:8443'],
      locale: 'nb',
    };
    const stored = await put(tenantId, settings);
    assert.deepEqual([stored.status, stored.body], [200, settings]);
    assert.deepEqual(await get(tenantId), settings);
    assert.deepEqual((await put(tenantId, { locale: 'de' })).body, { ...tenantDefaults, locale: 'de' });
    assert.deepEqual(await get(tenantId), { ...tenantDefaults, locale: 'de' });
  });

  it('name origins exactly as browsers write them, and with TLS outside of this machine', async () => {
    const bad = [
      'crm.example',
      'https://crm.example/',
      'https://crm.example/inbox',
      'https://CRM.example',
      'https://crm.example:443',
      'https://kim@crm.example',
      'https://*.example',
      "https://crm.example 'self'",
      'https://crm.example;script-src',
      'http://crm.example',
      'http://127.0.0.1.example',
      'ftp://crm.example',
      'javascript:alert(1)',
      'null',
      '*',
      '',
    ];
    for (const origin of bad) {
      for (const name of ['returnOrigins', 'frameOrigins']) {
        const { status, body } = await put('acme', { [name]: ['https://good.example', origin] });
        assert.deepEqual([status, body.errors?.[0]?.field], [400, `${name}.1`], `${name}: ${origin}`);
      }
    }
    const good = ['https://crm.example', 'https://crm.example:8443', 'http://127.0.0.1:3000', 'http://[::1]:3000'];
    assert.equal((await put('acme', { returnOrigins: good, frameOrigins: good })).status, 200);
  });

  it('say where a browser may be sent', async () => {
    const tenantId = freshName('acme');
    const may = (url: string) => mayReturnTo(http.db, 'https://post.example', tenantId, url);
    assert.equal(await may('https://crm.example/inbox'), false);
    await put(tenantId, { returnOrigins: ['https://crm.example'] });
    assert.equal(await may('https://crm.example/inbox?a=b#c'), true);
    assert.equal(await may('https://post.example/setup/x'), true);
    for (const url of [
      'https://crm.example.evil.example/',
      'https://crm.example@evil.example/',
      'https://kim:pw@crm.example/',
      'https://crm.example:8443/',
      'http://crm.example/',
      '//crm.example/',
      'javascript://crm.example/%0aalert(1)',
      '',
    ]) {
      assert.equal(await may(url), false, url);
    }
  });
});
