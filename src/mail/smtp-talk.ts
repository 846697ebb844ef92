import type SMTPConnection from 'nodemailer/lib/smtp-connection';

/** Many times what a greeting, the extensions and the answers of one mail need. */
const mostBytes = 256 * 1024;
/** RFC 5321 4.5.3.1.5 gives a line 512 octets; some servers explain a refusal in several. */
const mostBytesEach = 2 * 1024;

type Inside = {
  _onData(chunk: Buffer): void;
  _onResponseTooLarge(): void;
};

/**
 * Let a server say so much from now on, and end the connection when it says more. Nodemailer limits one answer, but
 * keeps answers faster than it looks at them: empty lines without end filled the memory of the process.
 * @param recipients each has an answer of its own.
 */
export function limitTalk(client: SMTPConnection, recipients = 0): void {
  const inside = client as unknown as Inside;
  const listen = Object.getPrototypeOf(client)._onData as Inside['_onData'];
  let left = mostBytes + recipients * mostBytesEach;
  inside._onData = (chunk) => {
    left -= chunk.length;
    if (left < 0) inside._onResponseTooLarge();
    else listen.call(client, chunk);
  };
}
