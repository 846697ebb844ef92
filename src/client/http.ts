import { PostbudProblem } from './errors.ts';

const limitMs = 30_000;
const uploadLimitMs = 10 * 60_000;

type Question = { body?: object; method?: 'PATCH' | 'DELETE' | 'POST'; signal?: AbortSignal };

/** What a file may come as. */
export type UploadBody = Uint8Array | Blob | ReadableStream<Uint8Array>;

export type Http = ReturnType<typeof openHttp>;

/** Postbud's HTTP. Each request has a time limit; an answer that is a problem is thrown as one. */
export function openHttp({ url, token }: { url: string; token?: string | undefined }) {
  const base = url.replace(/\/+$/, '');

  return {
    hasToken: token !== undefined,

    async ask<T>(path: string, { body, method, signal }: Question = {}): Promise<T> {
      const limit = AbortSignal.timeout(limitMs);
      const answer = await fetch(`${base}${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error', // the token is for this address
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      return read<T>(answer);
    },

    /** Bytes as they come; whoever does not want the rest cancels the stream, or aborts. */
    async bytes(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<ReadableStream<Uint8Array>> {
      const answer = await fetch(`${base}${path}`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        redirect: 'error',
        ...(signal && { signal }),
      });
      if (!answer.ok || !answer.body) return read<never>(answer);
      return answer.body;
    },

    /** Bytes go as they are; a stream is read as it is sent. */
    async upload<T>(path: string, bytes: UploadBody, contentType: string, signal?: AbortSignal): Promise<T> {
      const limit = AbortSignal.timeout(uploadLimitMs);
      const answer = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          'content-type': contentType,
        },
        body: bytes as RequestInit['body'],
        ...(bytes instanceof ReadableStream ? { duplex: 'half' } : {}),
        redirect: 'error',
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      } as RequestInit);
      return read<T>(answer);
    },
  };
}

async function read<T>(answer: Response): Promise<T> {
  if (answer.ok) return (await answer.json()) as T;
  // A proxy in between answers with a page of its own.
  throw new PostbudProblem(answer.status, (await answer.json().catch(() => ({}))) as Record<string, unknown>);
}
