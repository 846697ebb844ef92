import type { ImapConnection } from './imap-contract.ts';
import { foldersOf } from './imap-folders.ts';
import { decodedPath } from './imap-paths.ts';
import { mailboxIdIn, readStatus, statusOf } from './imap-status.ts';
import type { Wire } from './imap-wire.ts';

type FolderCommands = Pick<ImapConnection, 'status' | 'list' | 'createFolder'>;

/** What is asked about folders, whichever is selected. */
export function createFolderCommands(wire: Wire): FolderCommands {
  const { client, commands, can, exec } = wire;
  return {
    status: (path) => commands.run(() => statusOf(wire, path)),

    list: ({ status = false } = {}) =>
      commands.run(async () => {
        const statusQuery = { messages: true, uidNext: true, uidValidity: true, highestModseq: true };
        const told = status && can.listStatus;
        const listed = await client.list(told ? { statusQuery } : {});
        const ids = new Map<string, string>();
        if (told && can.objectId) {
          // By itself, as in STATUS; and ImapFlow does not know this item.
          await exec.command('LIST "" "*" RETURN (STATUS (MAILBOXID))', {
            STATUS: (answer) => {
              const items = new Map<string, string>();
              readStatus(answer, items);
              const id = mailboxIdIn(items.get('MAILBOXID'));
              if (id !== null) ids.set(decodedPath(client, String(answer.attributes?.[0]?.value ?? '')), id);
            },
          });
        }
        return foldersOf(listed, ids);
      }),

    createFolder: (path) =>
      commands.run(async () => {
        try {
          await client.mailboxCreate(path);
        } catch (error) {
          // Servers without the code ALREADYEXISTS say only NO.
          const listed = await client.status(path, { messages: true }).catch(() => false);
          if (!listed) throw error;
        }
      }),
  };
}
