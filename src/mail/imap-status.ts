import type { ImapResponse } from 'imapflow';
import type { FolderState } from './imap-folders.ts';
import { quotedPath } from './imap-paths.ts';
import type { Wire } from './imap-wire.ts';

/** What STATUS tells of a folder. */
export type FolderStatus = FolderState & { unseen: number; mailboxId: string | null };

/** Ask for a folder's state in one question. */
export async function statusOf(wire: Wire, path: string): Promise<FolderStatus> {
  const { client, exec, can, refusedInLog } = wire;
  const wanted = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN'];
  if (can.condstore) wanted.push('HIGHESTMODSEQ');
  if (can.objectId) wanted.push('MAILBOXID');
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
  const modseq = told.get('HIGHESTMODSEQ') ?? '';
  return {
    path,
    uidValidity: number(told.get('UIDVALIDITY')),
    uidNext: number(told.get('UIDNEXT')) || 1,
    exists: number(told.get('MESSAGES')),
    // 0 says that this folder's changes are not numbered.
    highestModseq: /^[1-9]\d{0,18}$/.test(modseq) ? BigInt(modseq) : null,
    unseen: number(told.get('UNSEEN')),
    mailboxId: told.get('MAILBOXID') ?? null,
  };
}

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
