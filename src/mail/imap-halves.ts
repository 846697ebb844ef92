import { setTimeout as delay } from 'node:timers/promises';
import type { Exec } from './imap-exec.ts';
import type { Row } from './imap-tokens.ts';
import { ranges } from './imap-uids.ts';

/** A server that refuses more messages than these of one question is in trouble itself. */
const mostRefused = 20;
/** What is refused alone is asked for once more: it may have been the moment. */
const againMs = 500;
/** Codes that speak of the server, the folder or us, and never of a message (RFC 9051 section 7.1). */
const notTheMessage =
  /^(?:UNAVAILABLE|INUSE|LIMIT|NOPERM|AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED|CONTACTADMIN|THROTTLED|CLIENTBUG)$/;
const troubleOfServer = /throttl|too many|\brate\b|limit|try again|later|temporar|unavailable|busy|time(?:d )?-?out/i;

/** Whether a refusal may be about a message, and what the server said. A connection that broke is none. */
export function refusalOfMessage(error: unknown): string | null {
  const { responseStatus, serverResponseCode, responseText } = error as {
    responseStatus?: string;
    serverResponseCode?: string;
    responseText?: string;
  };
  if (responseStatus !== 'NO' && responseStatus !== 'BAD') return null;
  const says = responseText ?? '';
  return notTheMessage.test(serverResponseCode ?? '') || troubleOfServer.test(says) ? null : says;
}

/**
 * FETCH that one bad message does not spoil for the others: a set that the server refuses is asked for by halves, until
 * what it refuses stands alone.
 * @param uids ascending; those that are not there any more are no refusal.
 * @param isHere whether the row of a UID has come.
 * @param refused is told of each message that is refused by itself.
 * @throws the server's refusal, when it is not about single messages.
 */
export async function fetchByHalves(
  exec: Exec,
  {
    uids,
    query,
    onRow,
    isHere,
    refused,
  }: {
    uids: readonly number[];
    query: string;
    onRow: (row: Row) => boolean;
    isHere: (uid: number) => boolean;
    refused: (uid: number, says: string) => void;
  },
): Promise<void> {
  let count = 0;
  const ask = (set: readonly number[]) =>
    exec.hearing(onRow, () => exec.command(`UID FETCH ${ranges([...set])} ${query}`));
  await part(uids);

  async function part(set: readonly number[]) {
    if (set.length === 0) return;
    try {
      await ask(set);
    } catch (error) {
      if (refusalOfMessage(error) === null) throw error;
      const rest = set.filter((uid) => !isHere(uid));
      if (rest.length === 1) return alone(rest[0]!);
      const middle = Math.ceil(rest.length / 2);
      await part(rest.slice(0, middle));
      await part(rest.slice(middle));
    }
  }

  async function alone(uid: number) {
    await delay(againMs);
    try {
      await ask([uid]);
    } catch (error) {
      const says = refusalOfMessage(error);
      count += 1;
      if (says === null || count > mostRefused) throw error;
      refused(uid, says);
    }
  }
}
