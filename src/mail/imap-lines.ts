import { isFreeSpeech } from './refusals/index.ts';

/** What a server said that matters for a refusal: the greeting, and its last refusing lines, word for word. */
export interface ServerLines {
  /** A listener for `data`. */
  readonly hear: (chunk: Buffer) => void;
  /** The first line of the session, whatever protocol it is. */
  greeting(): string | undefined;
  /** Call `heard` with the greeting once its line is complete. */
  onGreeting(heard: (greeting: string) => void): void;
  /** Call `over` once more than so many bytes have come from now on; returns how to stop counting. */
  budget(bytes: number, over: () => void): () => void;
  /** The last refusals: NO, BAD and BYE with their untagged fore-runners, ALERTs, and challenges of SASL. */
  refusals(): string[];
  /** The login begins: what was refused before (an ID that the server does not know) says nothing about it. */
  forget(): void;
  /** The login is done. From here on only a BYE is kept, so that fetching costs next to nothing. */
  relax(): void;
}

/** ImapFlow parses these lines and drops most: Google's `* NO [WEBALERT url]` comes before the tagged answer. */
const isRefusing = (line: string) => refusing.test(line) || isFreeSpeech(line);
const refusing = /^(?:\* (?:NO|BAD|BYE|OK \[ALERT\])|\+ \S{8}|(?!\*)\S{1,12} (?:NO|BAD|BYE)|(?:NO|BAD) )/i;
const maxLines = 6;
const maxLineLength = 1_000;

/** Listen beside ImapFlow to what the server says. Nothing that the client says passes here. */
export function createServerLines(): ServerLines {
  let greeting: string | undefined;
  let kept: string[] = [];
  let rest = '';
  let relaxed = false;
  let heardGreeting = (_: string) => {};
  let left = Number.POSITIVE_INFINITY;
  let overBudget = () => {};

  const line = (text: string) => {
    if (greeting === undefined) {
      greeting = text;
      heardGreeting(text);
    }
    if (!isRefusing(text)) return;
    if (kept.length === maxLines) kept.shift();
    kept.push(text);
  };

  return {
    hear(chunk) {
      left -= chunk.length;
      if (left < 0) return overBudget();
      if (relaxed) {
        // A BYE comes alone or with a last few lines; a large chunk is mail, and may say anything.
        if (chunk.length > 2 * maxLineLength || !chunk.includes('* BYE')) return;
        kept = chunk
          .toString('utf8')
          .split(/\r?\n/)
          .filter((text) => /^\* BYE/i.test(text));
        return;
      }
      // The end of an overlong line is cut off, so that a line without an end takes no memory.
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop()!.slice(0, maxLineLength);
      for (const text of lines.slice(-4 * maxLines)) line(text.replace(/\r$/, '').slice(0, maxLineLength));
    },
    budget(bytes, over) {
      left = bytes;
      overBudget = over;
      return () => {
        left = Number.POSITIVE_INFINITY;
      };
    },
    onGreeting(heard) {
      heardGreeting = heard;
    },
    greeting: () => greeting ?? (rest === '' ? undefined : rest),
    refusals: () => (rest !== '' && isRefusing(rest) ? [...kept, rest] : [...kept]),
    forget() {
      kept = [];
    },
    relax() {
      relaxed = true;
      kept = [];
      rest = '';
    },
  };
}
