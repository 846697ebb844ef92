import type { AccountParts } from '../accounts/index.ts';
import { MailError } from '../mail/errors.ts';
import type { FetchedMessage, ImapConnection } from '../mail/imap.ts';
import { mayBeReport, mostReportBytes, readReport } from '../mail/reports/index.ts';
import { type Links, linksOf, writeBounces } from '../sending/answers.ts';
import type { Mailbox } from './mailbox.ts';

/** Reports that are read of one batch: a mailbox that drowns in them hears of the rest by the messages. */
const mostReports = 50;

/**
 * What new messages of the selected folder have to do with sent mails: which they answer, and what reports tell. Before
 * they are stored, so that a crash reads a report again; what it tells is told once all the same.
 */
export async function answersIn(
  parts: AccountParts,
  { lease, who, log }: Mailbox,
  connection: ImapConnection,
  batch: readonly FetchedMessage[],
): Promise<ReadonlyMap<number, Links>> {
  for (const { uid } of batch.filter(mayBeReport).slice(0, mostReports)) {
    try {
      const source = await connection.fetchPart(uid, null, { offset: 0, length: mostReportBytes });
      const report = source && readReport(source);
      if (report) await writeBounces(parts, who, lease.accountId, report);
    } catch (error) {
      // A server that does not give this report gives the others, and the message is stored all the same.
      if (!(error instanceof MailError) || !connection.open) throw error;
      log?.warn({ accountId: lease.accountId, reason: error.reason }, 'a delivery report could not be read');
    }
  }
  return linksOf(parts, who, lease.accountId, batch);
}
