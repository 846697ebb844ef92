import assert from 'node:assert/strict';
import type postgres from 'postgres';
import type { HeardEvent } from './events.ts';
import { type ImapSession, quoted } from './imap-session.ts';

/** What a mailbox looks like: for each folder its messages by UID or id, and their flags. */
export type Picture = Record<string, Record<string, string>>;

/** As the server has it: UIDs and flags of the folders that were asked for. */
export async function serverPicture(session: ImapSession, folders: readonly string[]): Promise<Picture> {
  const picture: Picture = {};
  for (const folder of folders) {
    picture[folder] = {};
    // Dovecot lists now and then what it knows to be gone when it is asked for it.
    if (!(await session.command(`EXAMINE ${quoted(encoded(folder))}`).catch(() => null))) continue;
    const rows = await session.command('UID FETCH 1:* (FLAGS)').catch(() => []);
    const messages: Record<string, string> = {};
    for (const { text } of rows) {
      const uid = /UID (\d+)/.exec(text)?.[1];
      const flags = /FLAGS \((.*?)\)/.exec(text)?.[1]?.split(' ') ?? [];
      if (uid) messages[uid] = flagsOf(flags);
    }
    picture[folder] = messages;
  }
  return picture;
}

/** As Postgres has it. Messages whose place is not known stand under `?`. */
export async function storedPicture(sql: postgres.Sql, accountId: string, by: 'uid' | 'id' = 'uid'): Promise<Picture> {
  const folders =
    await sql`select id, path from folders where account_id = ${accountId} and mode in ('watched', 'kept')`;
  const picture: Picture = Object.fromEntries(folders.map(({ path }) => [path, {}]));
  const rows = await sql`
    select f.path, m.uid, m.id, m.flags from messages m left join folders f on f.id = m.folder_id
    where m.account_id = ${accountId}`;
  for (const { path, uid, id, flags } of rows) {
    const at = uid === null ? '?' : (path as string);
    picture[at] ??= {};
    picture[at][by === 'uid' ? `${uid ?? id}` : id] = flagsOf(flags as string[]);
  }
  return picture;
}

/** What somebody knows who had a picture by id, and heard these events since. */
export function retold(picture: Picture, events: readonly HeardEvent[]): Picture {
  const told = structuredClone(picture);
  const deleted = new Set<string>();
  const open = (folder: string) => {
    told[folder] ??= {};
    deleted.delete(folder);
  };
  const find = (id: string) => Object.values(told).find((messages) => id in messages);
  for (const { type, data } of events) {
    if (type === 'postbud.message.received') {
      told[data.folder] ??= {};
      assert.equal(find(data.messageId), undefined, `message ${data.messageId} was received twice`);
      told[data.folder]![data.messageId] = flagsOf(data.flags);
    } else if (type === 'postbud.message.changed') {
      const at = find(data.messageId);
      assert.ok(at, `message ${data.messageId} changed and was not known`);
      const before = at[data.messageId]!.split(' ').filter((flag) => flag !== '');
      const now = [...before.filter((flag) => !data.removedFlags.includes(flag)), ...data.addedFlags];
      delete at[data.messageId];
      told[data.folder] ??= {};
      told[data.folder]![data.messageId] = flagsOf(now);
    } else if (type === 'postbud.message.deleted') {
      const at = find(data.messageId);
      assert.ok(at, `message ${data.messageId} was deleted and was not known`);
      delete at[data.messageId];
    } else if (type === 'postbud.mailbox.folder_created') open(data.folder);
    else if (type === 'postbud.mailbox.folder_deleted') deleted.add(data.folder);
    else if (type === 'postbud.mailbox.folder_renamed') {
      const messages = told[data.from] ?? {};
      delete told[data.from];
      // What was there before is told to be gone, or to be elsewhere, afterwards.
      told[data.folder] = { ...told[data.folder], ...messages };
      deleted.delete(data.folder);
    }
  }
  // A folder goes before what was in it is told to be gone.
  for (const folder of deleted) if (Object.keys(told[folder] ?? {}).length === 0) delete told[folder];
  return told;
}

const flagsOf = (flags: readonly string[]) =>
  [...new Set(flags)]
    .filter((flag) => flag !== '' && flag !== '\\Recent')
    .sort()
    .join(' ');

/** A folder's name as IMAP4rev1 writes it (modified UTF-7, RFC 3501 §5.1.3). */
export const encoded = (name: string) =>
  name.replace(/&|[^\x20-\x7e]+/g, (part) => {
    if (part === '&') return '&-';
    const bytes = Buffer.from(part, 'utf16le').swap16();
    return `&${bytes.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`;
  });

/** The names of all folders that can be opened. */
export async function allFolders(session: ImapSession): Promise<string[]> {
  const listed = await session.command('LIST "" *');
  return listed.flatMap(({ text }) => {
    const [, flags = '', name = ''] = /^\* LIST \((.*?)\) (?:"."|NIL) (.*)$/.exec(text) ?? [];
    return /noselect|nonexistent/i.test(flags) ? [] : [decoded(name.replace(/^"(.*)"$/, '$1'))];
  });
}

/** The other way round. */
export const decoded = (name: string) =>
  name.replace(/&([^-]*)-/g, (_, base64: string) =>
    base64 === '' ? '&' : Buffer.from(base64.replaceAll(',', '/'), 'base64').swap16().toString('utf16le'),
  );
