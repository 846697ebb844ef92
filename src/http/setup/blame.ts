import type { Refusal } from '../../words.ts';

/** The fields of the dialogs, by the name they have in their form. */
export const sides = ['imap', 'smtp'] as const;
export type Side = (typeof sides)[number];
export type Part = 'Host' | 'Port' | 'Ssl' | 'User' | 'Password';
export type FieldName = 'email' | 'password' | `${Side}${Part}`;

/** Something to correct: at a field, or about a whole side where no single field is to blame. */
export type Complaint = {
  at: FieldName | Side | 'form';
  text: string;
  title?: string;
  response?: string;
  url?: string | undefined;
};

/** Which part of a server's settings a reason speaks of. Where a change of the settings does not help there is none. */
const partOf: Readonly<Record<string, Part>> = {
  'auth.invalid_credentials': 'Password',
  'auth.password_required': 'Password',
  'auth.app_password_required': 'Password',
  'auth.required': 'User',
  'account.suspended': 'User',
  'mailbox.access_denied': 'User',
  'protocol.bad_command': 'User',
  'credentials.not_sealed': 'Password',
  'credentials.seal_invalid': 'Password',
  'network.dns': 'Host',
  'network.forbidden': 'Host',
  'network.timeout': 'Host',
  'network.refused': 'Port',
  'network.reset': 'Ssl',
  'tls.certificate': 'Host',
  'tls.handshake': 'Ssl',
  'tls.required': 'Ssl',
  'protocol.pop3': 'Port',
  'protocol.not_imap': 'Port',
  'protocol.not_smtp': 'Port',
  'discovery.not_found': 'Host',
  'send.relay_denied': 'Host',
};

/** Put a refusal beside the field that it is about. */
export function complaintOf({ reason, protocol, response, userAction }: Refusal): Complaint {
  const side: Side = protocol === 'smtp' ? 'smtp' : 'imap';
  const part = partOf[reason];
  const { title, text, url } = userAction;
  const about = reason === 'account.email_mismatch' ? 'email' : part ? (`${side}${part}` as const) : side;
  return { at: about, title, text, response, url };
}
