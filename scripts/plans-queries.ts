import { randomUUIDv7 } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { foldersQuery, unreadQuery } from '../src/mailbox/folders.ts';
import { anyRole, type Filter, listQuery } from '../src/mailbox/list.ts';
import { keptQuery, messageQuery } from '../src/mailbox/message.ts';
import type { Reading } from '../src/mailbox/read-as.ts';
import { bestQuery, byIdQuery, newestQuery, type Question } from '../src/search/find.ts';
import { toIndexQuery } from '../src/search/index-folder.ts';

/** A query of the product, by what it is for; `sorts`: how many rows it may sort, where that is more than a page. */
export type Checked = { name: string; query: SQL; sorts?: number };

/** Every query with which HTTP reads a mailbox, as the product writes it. */
export function readingQueries(reading: Reading, known: { folderId: string; messageIds: string[] }): Checked[] {
  const { folderId, messageIds } = known;
  const none: Filter = { people: [] };
  const after = { at: String(Date.UTC(2025, 8, 1) * 1_000), id: messageIds[0]! };
  const list = (filter: Partial<Filter>, from?: typeof after) =>
    sql`${listQuery(reading, { filter: { ...none, ...filter }, after: from, limit: 100 })}`;
  const person = (roles: Filter['people'][number]['roles'], address = 'person5@example.com') => ({ roles, address });
  const kim = person(['to', 'cc'], 'kim1@example.dk');
  const page = { filter: none, limit: 100 };
  const rare: Question = { wanted: ["'sag5'"], parts: [null], unwanted: [] };
  const part: Question = { wanted: ["'faktur'"], parts: ['%faktur%'], unwanted: [] };
  const two: Question = { wanted: ["'tilbud'", "'ord5'"], parts: ['%tilbud%', '%ord5%'], unwanted: ["'sag5'"] };
  const common: Question = { wanted: ["'tilbud'"], parts: ['%tilbud%'], unwanted: [] };
  const best = (question: Question, more = {}) => bestQuery(reading.accountId, question, { ...page, ...more });
  const scored = { ...after, score: '2.5' };
  return [
    { name: 'folders', query: sql`${foldersQuery(reading)}` },
    { name: 'unread by folder', query: unreadQuery(reading.accountId) },
    { name: 'newest', query: list({}) },
    { name: 'newest, a later page', query: list({}, after) },
    { name: 'of a folder', query: list({ folderId }) },
    { name: 'of a folder, a later page', query: list({ folderId }, after) },
    { name: 'of a folder, unread', query: list({ folderId, unread: true }, after) },
    { name: 'unread', query: list({ unread: true }, after) },
    { name: 'read', query: list({ unread: false }, after) },
    { name: 'with attachments', query: list({ hasAttachment: true }, after) },
    { name: 'of a time', query: list({ since: new Date('2025-06-01'), until: new Date('2025-06-02') }) },
    { name: 'of a thread', query: list({ threadId: 't5' }) },
    { name: 'from a person', query: list({ people: [person(['from'])] }) },
    { name: 'with a person, a later page', query: list({ people: [person(anyRole)] }, after) },
    { name: 'with a person, in a folder, unread', query: list({ people: [person(anyRole)], folderId, unread: true }) },
    { name: 'to the owner', query: list({ people: [kim] }, after) },
    { name: 'from a person to the owner', query: list({ people: [person(['from']), kim] }) },
    { name: 'one message', query: sql`${messageQuery(reading, messageIds[0]!)}` },
    { name: 'messages by id', query: sql`${byIdQuery(reading, messageIds)}` },
    {
      name: 'kept parts',
      query: sql`${keptQuery(reading, { tenantId: 'acme', messageId: messageIds[0]!, parts: ['text', '1'] })}`,
    },
    { name: 'search: a rare word', query: best(rare) },
    { name: 'search: a part of words', query: best(part), sorts: 5_200 },
    { name: 'search: two words and not a third', query: best(two), sorts: 5_200 },
    {
      name: 'search: in a folder, a later page',
      query: best(part, { filter: { ...none, folderId }, after: scored }),
      sorts: 5_200,
    },
    { name: 'search: a word of every mail', query: best(common), sorts: 5_200 },
    { name: 'search: newest with such a word', query: sql`${newestQuery(reading, common, page)}` },
    { name: 'search: newest, a later page', query: sql`${newestQuery(reading, common, { ...page, after })}` },
  ];
}

/** Queries of sync and of upkeep, which no row-level security holds. */
export function ownQueries(
  db: Reading['tx'],
  { accountId, folderId }: { accountId: string; folderId: string },
): Checked[] {
  const lease = { accountId, processId: randomUUIDv7() };
  return [
    {
      name: 'index: what waits in a folder',
      query: sql`${toIndexQuery(db, { accountId, folderId, limit: 1_000 })}`,
      sorts: 1_000,
    },
    {
      name: 'the fence of a lease',
      query: sql`select 1 from accounts where id = ${lease.accountId}::uuid and holder = ${lease.processId}::uuid and token = 1`,
    },
  ];
}
