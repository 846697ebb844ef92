import type { ImapResponse } from 'imapflow';
import { believable, type FolderState } from './imap-folders.ts';
import { quotedPath } from './imap-paths.ts';
import { modseqIn } from './imap-tokens.ts';
import type { Wire } from './imap-wire.ts';

/** What STATUS tells of a folder. */
export type FolderStatus = FolderState & { unseen: number; mailboxId: string | null };

/** Ask for a folder's state in one question. */
export async function statusOf(wire: Wire, path: string): Promise<FolderStatus> {
  const { client, exec, can, refusedInLog } = wire;
  const wanted = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN'];
  if (can.condstore) wanted.push('HIGHESTMODSEQ');
  const told = new Map<string, string>();
  try {
    await exec.command(`STATUS ${quotedPath(client, path)} (${wanted.join(' ')})`, {
      STATUS: (answer) => readStatus(answer, told),
    });
  } catch (error) {
    if ((error as { responseStatus?: string }).responseStatus !== 'NO') throw error;
    // ImapFlow finds out whether the folder is there at all, which few servers say in a code.
    if (!(await client.status(path, { messages: true }))) return refusedInLog();
    throw error;
  }
  const state = believable({
    uidValidity: number(told.get('UIDVALIDITY')),
    uidNext: number(told.get('UIDNEXT')),
    exists: number(told.get('MESSAGES')),
    highestModseq: modseqIn(told.get('HIGHESTMODSEQ')),
  });
  return {
    path,
    ...state,
    unseen: number(told.get('UNSEEN')),
    mailboxId: can.objectId ? await mailboxIdOf(wire, path, state.uidValidity) : null,
  };
}

/**
 * A folder's lasting name, asked for once. By itself: Cyrus 3.6 answers with the bytes of freed memory when it is asked
 * for together with anything else.
 */
async function mailboxIdOf({ client, exec, mailboxIds }: Wire, path: string, uidValidity: number) {
  const known = mailboxIds.get(path);
  if (known?.uidValidity === uidValidity) return known.id;
  const told = new Map<string, string>();
  await exec.command(`STATUS ${quotedPath(client, path)} (MAILBOXID)`, {
    STATUS: (answer) => readStatus(answer, told),
  });
  const id = mailboxIdIn(told.get('MAILBOXID'));
  if (mailboxIds.size < 10_000) mailboxIds.set(path, { uidValidity, id });
  return id;
}

/** An object id as RFC 8474 has it; null for anything else. */
export const mailboxIdIn = (value: string | undefined) => (/^[\w-]{1,255}$/.test(value ?? '') ? value! : null);

/** The names and values of `* STATUS "folder" (…)`. */
export function readStatus({ attributes = [] }: ImapResponse, told: Map<string, string>) {
  const list = attributes[1];
  if (!Array.isArray(list)) return;
  for (let at = 0; at + 1 < list.length && at < 40; at += 2) {
    const value = list[at + 1];
    const text = Array.isArray(value) ? value[0]?.value : value?.value;
    if (text !== undefined && text !== null)
      told.set(String(list[at]?.value).toUpperCase(), String(text).slice(0, 255));
  }
}

function number(text: string | undefined): number {
  return /^\d{1,10}$/.test(text ?? '') ? Number(text) : 0;
}
