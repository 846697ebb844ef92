import { closeSetupLinks, makeSetupLink } from '../../src/db/setup-link-store.ts';
import { saveTenantSettings, tenantSettings } from '../../src/db/tenant-settings.ts';
import type { ConnectPayload, ConnectResult } from '../../src/queues/orders.ts';
import { startWorker } from '../../src/queues/runner.ts';
import { startHttp } from './http.ts';
import { freshName } from './servers.ts';

/**
 * The dialogs on HTTP in this process, with a worker that answers connect orders as a test says: for the outcomes that
 * need a provider, or a mail server that misbehaves.
 */
export async function startDialogs() {
  const http = await startHttp({ workers: true });
  const tenantId = freshName('acme');
  const orders: ConnectPayload[] = [];
  let answer: (payload: ConnectPayload) => ConnectResult | Promise<ConnectResult> = () => ({ outcome: 'superseded' });
  const worker = startWorker(
    {
      name: 'connect-account',
      concurrency: 5,
      timeLimitMs: 30_000,
      process: async (payload) => {
        orders.push(payload);
        const result = await answer(payload);
        if (result.outcome === 'connected') await closeSetupLinks(http.db, payload);
        return result;
      },
    },
    { redisUrl: http.redisUrl, prefix: http.prefix, log: http.parts.log, ended: () => {} },
  );

  return {
    http,
    tenantId,
    /** Every connect order that came, secrets still sealed. */
    orders,
    /** What the next orders come to. */
    willAnswer(next: typeof answer) {
      answer = next;
    },
    /** The tenant lets these sites show the dialogs. */
    async frameAt(frameOrigins: string[]) {
      await saveTenantSettings(http.db, tenantId, { ...(await tenantSettings(http.db, tenantId)), frameOrigins });
    },
    /** A link to the dialog of a new user. */
    async link(facts: Partial<Parameters<typeof makeSetupLink>[1]> = {}) {
      const userId = freshName('user');
      const { token, link } = await makeSetupLink(http.db, {
        tenantId,
        userId,
        purpose: 'connect',
        locale: 'en',
        ...facts,
      });
      return { token, link, url: `${http.address}/setup/${token}` };
    },
    async stop() {
      await worker.stop(100);
      await http.stop();
    },
  };
}

export type Dialogs = Awaited<ReturnType<typeof startDialogs>>;
