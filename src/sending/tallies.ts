import { siteOf } from '../doors/budget.ts';
import type { Claimed } from './ledger.ts';

/** Where accounts send is remembered for so many; of others it is learnt when they send. */
const mostKnown = 20_000;

/** How many mails are on their way, by account and by the provider that takes them. */
export function createTallies() {
  const sites = new Map<string, string>();
  const counts = new Map<string, number>();
  const count = (key: string, by: number) => {
    const now = (counts.get(key) ?? 0) + by;
    if (now > 0) counts.set(key, now);
    else counts.delete(key);
  };
  const both = ({ accountId, account }: Claimed, by: number) => {
    count(`account ${accountId}`, by);
    count(`site ${siteOf(account.smtp?.host ?? '')}`, by);
  };
  const atSite = (site: string) => counts.get(`site ${site}`) ?? 0;
  return {
    began: (mail: Claimed) => both(mail, 1),
    ended: (mail: Claimed) => both(mail, -1),
    /** Where an account was seen to send. */
    siteOf: (accountId: string) => sites.get(accountId),
    of: (accountId: string) => counts.get(`account ${accountId}`) ?? 0,
    atSite,
    /** Is there room for one more where this mail goes? It is remembered where that is. */
    hasRoom({ accountId, account }: Claimed, most: number): boolean {
      const site = siteOf(account.smtp?.host ?? '');
      if (sites.size >= mostKnown) sites.clear();
      sites.set(accountId, site);
      return site === '' || atSite(site) < most;
    },
  };
}
