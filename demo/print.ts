import type { HeardEvent } from '../test/support/events.ts';

const colours = process.stdout.isTTY === true;
const paint = (code: number, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);

/** A line of the demo. */
export function say(line: string) {
  console.log(`  ${line}`);
}

/** A new step of the demo. */
export function title(text: string) {
  console.log(`\n${paint(1, text)}`);
}

/** An event for a person: when, who, what, and how long after the delivery. */
export function describeEvent(event: HeardEvent, deliveredAt: Map<string, number>): string {
  const time = event.time.slice(11, 23);
  const type = event.type.replace(/^postbud\./, '');
  const who = `${event.tenantid}/${event.userid} #${event.userseq}`;
  return `${paint(2, time)}  ${paint(36, type.padEnd(22))}  ${who.padEnd(14)}  ${detailOf(event, type, deliveredAt)}`;
}

function detailOf({ data, heardAt }: HeardEvent, type: string, deliveredAt: Map<string, number>): string {
  switch (type) {
    case 'account.connected':
      return `${data.email} at ${data.imap.host}`;
    case 'mailbox.sync_completed':
      return `${data.messages} messages there, ready in ${data.tookMs} ms`;
    case 'message.received': {
      const at = deliveredAt.get(data.messageIdHeader);
      const from = data.from[0]?.name || data.from[0]?.address;
      const delay = at === undefined ? '' : paint(32, `  ${heardAt - at} ms after delivery`);
      return `from ${from}: “${data.subject}”${delay}`;
    }
    case 'send.sent':
      return `${data.messageIdHeader}: ${data.response}`;
    default:
      return data.reason ? `${data.reason}: ${data.userAction?.text ?? ''}` : '';
  }
}
