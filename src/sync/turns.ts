/**
 * Lets few at a time act under a name, and the others wait in line for as long as their signal lets them: whoever asks
 * for a thousand things at once has a long line of his own, and nobody else notices.
 */
export function createTurns(most: number) {
  const lines = new Map<string, { busy: number; waiting: (() => void)[] }>();

  return async function inTurn<R>(name: string, signal: AbortSignal, act: () => Promise<R>): Promise<R> {
    signal.throwIfAborted();
    const line = lines.get(name) ?? { busy: 0, waiting: [] };
    lines.set(name, line);
    if (line.busy < most) line.busy += 1;
    else await placeIn(line.waiting, signal);
    try {
      return await act();
    } finally {
      // Whoever is next takes the place over; without anybody it is free.
      const next = line.waiting.shift();
      if (next) next();
      else line.busy -= 1;
      if (line.busy === 0) lines.delete(name);
    }
  };
}

function placeIn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = () => {
      signal.removeEventListener('abort', gone);
      resolve();
    };
    const gone = () => {
      waiting.splice(waiting.indexOf(next), 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', gone, { once: true });
    waiting.push(next);
  });
}
