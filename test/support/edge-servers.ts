import { startCyrus } from './cyrus.ts';
import { cyrusMissing } from './cyrus-programs.ts';
import type { MailboxUser } from './mail-user.ts';
import { useServers } from './servers.ts';

/** An IMAP server as the tests of what servers may leave out know it. */
export type EdgeServer = {
  name: string;
  skip: string | false;
  offers: { qresync: boolean; condstore: boolean; move: boolean; uidplus: boolean };
  addUser(): Promise<MailboxUser>;
};

const least = 'IMAP4rev1 SASL-IR ID IDLE LITERAL+ MULTIAPPEND NAMESPACE CHILDREN UNSELECT SPECIAL-USE';
const most = `${least} ENABLE LIST-EXTENDED LIST-STATUS ESEARCH`;

/** Dovecot with its extensions switched off one after the other, and Cyrus. Each starts when its first user is wanted. */
export async function edgeServers(): Promise<EdgeServer[]> {
  const servers = await useServers();
  const all = { qresync: true, condstore: true, move: true, uidplus: true };
  const dovecot = (name: string, offers: EdgeServer['offers'], capabilities: string): EdgeServer => {
    let started: ReturnType<typeof servers.ownMailServer> | undefined;
    const dovecotExtra = `imap_capability = ${capabilities}`;
    return {
      name: `Dovecot ${name}`,
      skip: false,
      offers,
      async addUser() {
        started ??= servers.ownMailServer({ smtp: false, dovecotExtra });
        return (await started).addUser();
      },
    };
  };
  let cyrus: ReturnType<typeof startCyrus> | undefined;
  return [
    { name: 'Dovecot', skip: false, offers: all, addUser: () => servers.mailServer.addUser() },
    dovecot('without QRESYNC', { ...all, qresync: false }, `${most} CONDSTORE UIDPLUS MOVE`),
    dovecot('without CONDSTORE', { ...all, qresync: false, condstore: false }, `${most} UIDPLUS MOVE`),
    dovecot('without MOVE', { ...all, move: false }, `${most} CONDSTORE QRESYNC UIDPLUS`),
    dovecot('with IDLE alone', { qresync: false, condstore: false, move: false, uidplus: false }, least),
    {
      name: 'Cyrus',
      skip: await cyrusMissing(),
      offers: all,
      async addUser() {
        cyrus ??= startCyrus(servers);
        return (await cyrus).addUser();
      },
    },
  ];
}
