import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPlans, lineOf } from '../scripts/check-plans.ts';
import { fillTables } from '../scripts/plans-fill.ts';
import { openDatabase } from '../src/db/database.ts';
import { quietLog } from './support/quiet-log.ts';
import { useServers } from './support/servers.ts';

describe('the queries of HTTP and of the index', () => {
  it('are answered by an index, and sort no more than a page, at 100,000 messages', async (t) => {
    const made = await (await useServers()).freshDatabase();
    const { db, close } = openDatabase({ url: made.url, log: quietLog().log });
    await fillTables(db, 100_000, () => {});
    const plans = await checkPlans(db);
    for (const plan of plans) t.diagnostic(lineOf(plan));
    assert.ok(plans.length > 25);
    assert.deepEqual(
      plans.filter(({ faults }) => faults.length > 0).map(({ name, faults }) => [name, faults]),
      [],
    );
    await close();
    await made.drop();
  });
});
