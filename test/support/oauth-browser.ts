import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** A browser without a screen: it keeps cookies by host and port, and follows redirects when it is told to. */
export type Browser = {
  /** Load an address, without following where it leads. */
  get(url: string): Promise<Seen>;
  /** Press the button of a form on a page of the daemon. */
  post(url: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Seen>;
  /** Follow redirects until an address begins with `until`, or there are none any more. */
  follow(from: Seen, until?: string): Promise<Seen>;
  cookies: Map<string, Map<string, string>>;
};

/** What a browser got: the address, what it says, and where it leads. */
export type Seen = { url: string; status: number; text: string; location: string | null; headers: Headers };

/** Open a browser that trusts the test's authority. */
export function openBrowser(caFile: string): Browser {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')]);
  const cookies: Browser['cookies'] = new Map();

  async function load(url: string, init: RequestInit = {}): Promise<Seen> {
    const { host } = new URL(url);
    const jar = cookies.get(host) ?? new Map<string, string>();
    cookies.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const to = answer.headers.get('location');
    const location = to === null ? null : new URL(to, url).href;
    return {
      url,
      status: answer.status,
      text: (await answer.text()).replace(/<style>.*<\/style>/s, ''),
      location,
      headers: answer.headers,
    };
  }

  return {
    cookies,
    get: (url) => load(url),
    post: (url, fields = {}, headers = { 'sec-fetch-site': 'same-origin' }) =>
      load(url, { method: 'POST', body: new URLSearchParams(fields), headers }),
    async follow(from, until) {
      let seen = from;
      for (let hops = 0; seen.location !== null && hops < 15; hops++) {
        if (until !== undefined && seen.location.startsWith(until)) return seen;
        seen = await load(seen.location);
      }
      return seen;
    },
  };
}
