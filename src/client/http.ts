import { PostbudProblem } from './errors.ts';

const limitMs = 30_000;

export type Http = ReturnType<typeof openHttp>;

/** Postbud's HTTP. Each request has a time limit; an answer that is a problem is thrown as one. */
export function openHttp({ url, token }: { url: string; token?: string | undefined }) {
  const base = url.replace(/\/+$/, '');

  return {
    hasToken: token !== undefined,

    async ask<T>(path: string, { body, signal }: { body?: object; signal?: AbortSignal } = {}): Promise<T> {
      const limit = AbortSignal.timeout(limitMs);
      const answer = await fetch(`${base}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error', // the token is for this address
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      if (answer.ok) return (await answer.json()) as T;
      // A proxy in between answers with a page of its own.
      throw new PostbudProblem(answer.status, (await answer.json().catch(() => ({}))) as Record<string, unknown>);
    },
  };
}
