import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Door } from '../addresses.ts';
import { MailError } from '../errors.ts';
import { classify } from '../refusals/index.ts';
import type { MailTls } from '../tls.ts';

const limitMs = 10_000;
const maxBytes = 256 * 1024;

/** A fetch as oauth4webapi calls it. */
export type OAuthFetch = (
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: unknown; signal?: AbortSignal | undefined },
) => Promise<Response>;

/**
 * A fetch that connects to addresses which the door has checked and to no others, follows no redirect, and has an end.
 * Over http it goes to this machine only.
 * @returns a fetch that rejects with a {@link MailError} when there was no answer.
 */
export function createOAuthFetch({ door, tls }: { door: Pick<Door, 'resolve'>; tls: MailTls }): OAuthFetch {
  return async (address, { method = 'GET', headers = {}, body, signal }) => {
    const url = new URL(address);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const limit = AbortSignal.timeout(limitMs);
    const stop = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      const addresses = await door.resolve(host, stop);
      if (url.protocol !== 'https:' && !addresses.every((one) => /^(127\.|::1$)/.test(one.address))) {
        throw new MailError({
          reason: 'tls.required',
          permanent: true,
          protocol: 'oauth',
          response: 'only over https',
        });
      }
      return await ask(url, { method, headers, body: textOf(body), addresses, tls, stop });
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.aborted) throw new MailError({ reason: 'network.timeout', permanent: false, protocol: 'oauth' });
      if (error instanceof MailError) throw asOAuth(error);
      const { code, message } = error as NodeJS.ErrnoException;
      const { reason } = classify({
        protocol: 'oauth',
        phase: 'connect',
        host,
        errorCode: code,
        errorMessage: message,
      });
      throw new MailError({ reason, permanent: false, protocol: 'oauth', response: message }, { cause: error });
    }
  };
}

type Asking = {
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  addresses: Awaited<ReturnType<Door['resolve']>>;
  tls: MailTls;
  stop: AbortSignal;
};

function ask(url: URL, { method, headers, body, addresses, tls, stop }: Asking): Promise<Response> {
  const [first] = addresses;
  return new Promise((resolve, reject) => {
    const asking = (url.protocol === 'https:' ? requestHttps : requestHttp)(
      url,
      {
        ...tls,
        method,
        headers: { ...headers, 'accept-encoding': 'identity' },
        agent: false,
        signal: stop,
        lookup: (_name, options, found) =>
          options.all ? found(null, addresses) : found(null, first!.address, first!.family),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxBytes) asking.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 500;
          const fields = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
          // A body where none may be would make Response throw.
          const content = status === 204 || status === 304 ? null : Buffer.concat(chunks);
          resolve(new Response(content, { status, headers: fields }));
        });
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

const textOf = (body: unknown) => (body === undefined || body === null ? undefined : String(body));

/** What a look-up or a handshake said is about the provider here, and no mail server had a part in it. */
const asOAuth = ({ reason, permanent, response, cause }: MailError) =>
  new MailError({ reason, permanent, response, protocol: 'oauth' }, { cause });
