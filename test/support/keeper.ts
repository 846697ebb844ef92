import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What has to disappear with this process: a process group, a directory, or whatever a command removes. */
export type Kept =
  | { group: number; signal: NodeJS.Signals }
  | { directory: string }
  | { command: [string, ...string[]] };

let keeper: ChildProcess | undefined;

/**
 * Have something removed when this process ends, however it ends. A second process, in a session of its own, holds the
 * other end of a pipe; the kernel closes our end also after kill -9, and that is when it cleans up.
 */
export function keep(kept: Kept) {
  tell({ keep: kept });
}

/** It was removed in an orderly way. */
export function release(kept: Kept) {
  tell({ release: kept });
}

/** Remove everything kept so far now, and wait until it is gone. */
export async function removeAllKept() {
  const ending = keeper;
  if (!ending) return;
  keeper = undefined;
  ending.ref();
  await new Promise<void>((resolve) => {
    ending.once('exit', () => resolve());
    ending.stdin?.end();
  });
}

function tell(message: object) {
  keeper ??= startKeeper();
  keeper.stdin?.write(`${JSON.stringify(message)}\n`);
}

function startKeeper() {
  const program = fileURLToPath(new URL('keeper-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
