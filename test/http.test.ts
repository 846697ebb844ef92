import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startHttp, type TestHttp } from './support/http.ts';
import { freshName, useServers } from './support/servers.ts';

let http: TestHttp;
before(async () => {
  http = await startHttp({ workers: true });
});
after(() => http.stop());

describe('who starts and stops processes', () => {
  it('learns that the process lives, and what it can reach, without a token', async () => {
    const alive = await fetch(new URL('/healthz', http.address));
    assert.deepEqual([alive.status, await alive.json()], [200, { ok: true }]);
    const ready = await fetch(new URL('/readyz', http.address));
    assert.equal(ready.status, 200, await ready.clone().text());
    const { checks } = (await ready.json()) as { checks: { name: string; ok: boolean }[] };
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['postgres', 'redis', 'migrations', 'heartbeat'],
    );
  });
});
