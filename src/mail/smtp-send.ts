import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { clean } from './refusals/index.ts';
import { faultOf, type NodemailerFault, type RefusedRecipient, SendError, type SendStage } from './smtp-faults.ts';

/** A mail as SMTP sees it. */
export type OutgoingMail = {
  from: string;
  to: string[];
  body: Buffer | Readable;
  /** Octets of `body`, when it is a stream whose length is known. */
  size?: number | undefined;
  /** Set when the headers of `body` are not in ASCII: the mail for who cannot be given such headers (RFC 6531). */
  ascii?: (() => Promise<{ body: Buffer | Readable; size: number }>) | undefined;
  /** A name for its envelope (RFC 3461 ENVID), which comes back in delivery reports and which no recipient sees. */
  envelopeId?: string | undefined;
  /**
   * Awaited when the whole body has left this process and before the final dot is written. When it rejects, the
   * connection is destroyed and the server has nothing. What must be true at the very end is checked last in here:
   * nothing but the dot happens between its end and the write.
   */
  beforeEnd: () => Promise<void>;
  /** Ends the mail while that is still possible: after the final dot only the answer counts. */
  signal?: AbortSignal | undefined;
};

export type Sent = { response: string; rejected: RefusedRecipient[] };

/** RFC 5321 4.5.3.2: a server may take minutes for the envelope, and ten for its verdict on the whole mail. */
const bodyLimitMs = 5 * 60_000;
/** A link that is slower than that is as good as down. */
const leastBytesPerMs = 50;
export const usualVerdictLimitMs = 10 * 60_000;

/**
 * Send one mail over a connection that is logged in. Nodemailer writes the final dot when the message stream ends, so
 * the stream holds its end back until `beforeEnd` has resolved.
 * @throws {SendError}, or what `beforeEnd` rejected with. The connection is destroyed in both cases.
 */
export async function sendHeldBack(
  client: SMTPConnection,
  host: string,
  mail: OutgoingMail,
  verdictLimitMs = usualVerdictLimitMs,
): Promise<Sent> {
  mail.signal?.throwIfAborted();
  const envelope = envelopeOf(mail);
  const state = { stage: 'envelope' as SendStage, over: false, held: undefined as { error: unknown } | undefined };

  // This generator is the whole body, and its return is what lets Nodemailer write the dot.
  async function* heldBack() {
    state.stage = 'body';
    const asked = (client as unknown as { lastServerResponse: string }).lastServerResponse;
    try {
      // RFC 5321 4.3.2. Any other answer was given to another command, and so would all that follow.
      if (!/^3/.test(asked)) throw wrongAnswer(asked);
      if (Buffer.isBuffer(mail.body)) yield mail.body;
      else yield* mail.body;
    } catch (error) {
      state.held ??= { error };
      throw error;
    }
    await allWritten(client, message);
    try {
      await mail.beforeEnd();
    } catch (error) {
      state.held ??= { error };
      throw error;
    }
    if (state.over || state.held) throw new Error('the mail ended before its end');
    state.stage = 'end';
    // From here on silence is no sign, and a server that says something now and then has no more time than others.
    if (client._socket) client._socket.setTimeout(0);
    clearTimeout(timer);
    timer = setTimeout(() => fail(noVerdict()), verdictLimitMs);
  }
  const message: Readable = Readable.from(heldBack(), { objectMode: false });
  const destroy = () => {
    state.over = true;
    client.close(); // socketCloseTimeout is 0, so this destroys
    message.destroy();
  };
  let fail = (_error: Error) => {};
  let interrupt = (_reason: unknown) => {};
  const aborted = () => interrupt(mail.signal?.reason);
  const limitMs = bodyLimitMs + Number(envelope.size ?? 0) / leastBytesPerMs;
  let timer = setTimeout(() => interrupt(tooSlow(host, state.stage)), limitMs);
  mail.signal?.addEventListener('abort', aborted, { once: true });
  try {
    const info = await new Promise<SMTPConnection.SentMessageInfo>((resolve, reject) => {
      fail = reject;
      interrupt = (error) => {
        if (state.stage === 'end') return;
        state.held ??= { error };
        destroy();
        reject(error);
      };
      client.send(envelope, message, (error, result) => (error ? reject(error) : resolve(result!)));
    });
    if (state.stage !== 'end') throw wrongAnswer(info.response);
    const rejected = (info.rejectedErrors ?? []).map((error) => rejectedOf(error as NodemailerFault, host));
    return { response: clean(info.response), rejected };
  } catch (error) {
    destroy();
    if (state.held) throw state.held.error;
    if (error instanceof SendError) throw error;
    throw sendError(error as NodemailerFault, host, state.stage);
  } finally {
    clearTimeout(timer);
    mail.signal?.removeEventListener('abort', aborted);
  }
}

function envelopeOf({ from, to, body, size, envelopeId }: OutgoingMail): SMTPConnection.Envelope {
  const about = { from, to, ...(envelopeId !== undefined && { dsn: { id: envelopeId } }) };
  if (!Buffer.isBuffer(body)) return { ...about, size };
  return { ...about, size: body.length, use8BitMime: /[\x80-\xff]/.test(body.toString('latin1')) };
}

/**
 * Wait until nothing of the mail is left in this process: what lay in our buffers while we were frozen or slow would
 * go out later without anybody having asked whether it still may.
 */
async function allWritten(client: SMTPConnection, message: Readable): Promise<void> {
  const dataStream = (client as unknown as { _currentDataStream: (Readable & { writableLength: number }) | false })
    ._currentDataStream;
  for (;;) {
    const socket = client._socket;
    if (!socket || socket.destroyed || !dataStream) {
      throw Object.assign(new Error('the connection ended within the mail'), { code: 'ECONNRESET' });
    }
    const before = message.readableLength + dataStream.writableLength + dataStream.readableLength;
    if (before + socket.writableLength === 0) return;
    if (socket.writableLength === 0) await nextTurn();
    // An empty write is called back when all writes before it have been handed to the kernel.
    else await new Promise<void>((resolve, reject) => socket.write('', (error) => (error ? reject(error) : resolve())));
  }
}

function sendError(error: NodemailerFault, host: string, stage: SendStage): SendError {
  const { responseCode = 0 } = error;
  const answered = error.command === 'DATA' && responseCode >= 400 && responseCode <= 599;
  const rejected = (error.rejectedErrors ?? []).map((one) => rejectedOf(one, host));
  // A no to the final dot is a verdict; anything else after it leaves open what became of the mail.
  const uncertain = stage === 'end' && !answered;
  return new SendError({ ...faultOf(error, { host }), stage, uncertain, rejected }, { cause: error });
}

function rejectedOf(error: NodemailerFault, host: string): RefusedRecipient {
  const { reason, permanent, retryAfterMs } = faultOf(error, { host, phase: 'rcpt' });
  return {
    address: error.recipient ?? '',
    response: clean(error.response ?? error.message),
    reason,
    permanent,
    retryAfterMs,
  };
}

const wrongAnswer = (response: string) =>
  new SendError({
    reason: 'protocol.bad_command',
    permanent: false,
    protocol: 'smtp',
    response: clean(response),
    stage: 'body',
  });

const noVerdict = () => Object.assign(new Error('no verdict on the mail came in time'), { code: 'ETIMEDOUT' });

const tooSlow = (host: string, stage: SendStage) =>
  new SendError(
    { reason: 'network.timeout', permanent: false, protocol: 'smtp', response: '', stage },
    { cause: new Error(`${host} was too slow`) },
  );
