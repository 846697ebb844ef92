import type { EventRow } from '../db/tables.ts';
import type { Envelope } from '../events.ts';

/** An event row as the CRM gets it: CloudEvents 1.0, structured mode. */
export function toEnvelope(row: EventRow, source: string): Envelope {
  return {
    specversion: '1.0',
    id: row.id,
    source,
    type: `postbud.${row.type}`,
    time: row.time.toISOString(),
    ...(row.accountId ? { subject: row.accountId } : {}),
    datacontenttype: 'application/json',
    tenantid: row.tenantId,
    userid: row.userId,
    userseq: row.userSeq,
    cursor: String(row.cursor),
    data: row.data,
  };
}
