const longest = 500;

// Everything that moves a cursor, colours a terminal or turns the reading direction.
const terminal = /\x1b(?:\[[0-9;?]{0,30}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|[@-Z\\-_])/g;
const invisible = /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/g;
const tags = /[\u{e0000}-\u{e007f}]+/gu;

// What a client sent, as a server repeats it: the mechanism or command stays, what followed it goes.
const echoed =
  /\b(AUTH(?:ENTICATE)? (?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM)|Bearer) +([A-Za-z0-9+/=._~-]{4,})/gi;
const loginCommand = /\b(LOGIN) +(?:"[^"]{1,200}"|[^\s"]{1,100}@[^\s"]{1,100}) +(?:"[^"]{1,300}"|[^\s"]{1,300})/g;
const named =
  /\b((?:access|refresh|id)[_-]?token|client[_-]?secret|client[_-]?assertion|assertion|password|passwd|pwd|secret)("? ?[:=] ?"?)([^\s"&,;}]{1,2000})/gi;
const tokens = /\b(?:ya29\.|EwB|eyJ|1\/\/)[A-Za-z0-9_./+=-]{16,}/g;
const base64 = /[A-Za-z0-9+/_-]{8,}={0,2}/g;

/** What a mail server says on its way into an event: the words kept, what could harm or betray anybody removed. */
export function clean(text: string, secrets: readonly string[] = []): string {
  return cut(withoutSecrets(printable(text), secrets), longest);
}

/** The text without control characters, terminal escapes, bidi controls and broken surrogates, on one line. */
export function printable(text: string): string {
  return beginning(text, 8 * longest)
    .toWellFormed()
    .replace(terminal, '')
    .replace(invisible, ' ')
    .replace(tags, '')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** The beginning of a long text, without its last word: half a secret is not recognised as one. */
function beginning(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, length);
  return kept.slice(0, Math.max(0, kept.lastIndexOf(' ')));
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  let kept = text;
  for (const secret of secrets) {
    if (secret.length < 3) continue;
    const encoded = Buffer.from(secret).toString('base64');
    for (const form of [secret, encoded, encoded.replace(/=+$/, ''), encodeURIComponent(secret)])
      kept = kept.replaceAll(form, '[removed]');
  }
  return kept
    .replace(loginCommand, '$1 [removed]')
    .replace(echoed, (all, command, value) => (likelySecret(value) ? `${command} [removed]` : all))
    .replace(named, (all, name, mark, value) =>
      /[="]/.test(mark) || likelySecret(value) ? `${name}${mark}[removed]` : all,
    )
    .replace(tokens, '[removed]')
    .replace(base64, (run) => (looksEncoded(run) ? '[removed]' : run));
}

/** Not a word of a sentence: digits, padding, or capitals inside. */
const likelySecret = (value: string): boolean => /[0-9=]|[a-z][A-Z]/.test(value) || value.length > 24;

/**
 * Is this run base64 of something readable? Servers echo the user name, the AUTH PLAIN line or the password that way.
 * Their prompts ("Password:", which Postfix repeats in every 535) are no secret.
 */
function looksEncoded(run: string): boolean {
  const plain = run.replace(/=+$/, '');
  if (plain.length % 4 === 1) return false;
  const mixed = /[a-z]/.test(plain) && /[A-Z0-9]/.test(plain.slice(1));
  if (!run.endsWith('=') && !mixed) return false;
  const decoded = Buffer.from(plain, 'base64').toString('latin1');
  if (/^(?:Password|Username|User Name):?\0?$/i.test(decoded)) return false;
  return /^[\x00\x01\x20-\x7e]+$/.test(decoded) && /[A-Za-z0-9]/.test(decoded);
}

/** Cut at a length, never through a character, and show that something is missing. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text
    .slice(0, length - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}

/**
 * The shape of a text that no rule knew, for a metric: what is left once addresses, hosts, numbers, ids and quoted
 * names are gone. The leading reply code and enhanced code stay, since the next rule will want them.
 */
export function scrub(text: string, known: readonly string[] = []): string {
  let shape = withoutSecrets(printable(text), known);
  const code =
    /^(?:\* )?(?:(?:NO|BAD|BYE|OK) )?(?:\[[A-Z][A-Z-]{1,24}\] |\d{3}[ -])?(?:\d\.\d{1,2}\.\d{1,3} )?/.exec(
      shape,
    )?.[0] ?? '';
  shape = shape
    .slice(code.length)
    .replace(/\bhttps?:\/\/\S+/gi, '<url>')
    .replace(/<[^<>\s]{0,200}@[^<>\s]{0,200}>|[^\s<>"'(),:;[\]]{1,100}@[^\s<>"'(),:;[\]]{1,200}/g, '<address>')
    .replace(/"[^"]{1,200}"|'[^' ]{1,100}'/g, (quoted) => (/^"[a-z]+_[a-z_]+"$/.test(quoted) ? quoted : '<name>'))
    .replace(/\[[^\]]{0,200}\d[^\]]{0,200}\]/g, '<id>')
    .replace(/\b(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{0,4}\b/gi, '<ip>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '<ip>')
    .replace(/\b(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}\b/gi, '<host>')
    .replace(
      /\b((?:user|username|mailbox|account|login|recipient|sender|for)) (?!not|is|has|was|name|or|and|does|unknown|failed|disabled|locked|full|unavailable|the|this|your|address)([^\s.,:;<>]{1,100})(?= (?:not|is|does|has|was|unknown|failed|disabled|locked))/gi,
      '$1 <name>',
    )
    .replace(/[A-Za-z0-9_+/=-]+/g, (word) =>
      /^AADSTS\d+$/.test(word) ? word : /^\d+$/.test(word) ? '#' : /\d/.test(word) || word.length > 23 ? '<id>' : word,
    );
  return cut(`${code}${shape}`.toLowerCase(), 120);
}
