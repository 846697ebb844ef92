import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that descend from it, parents first (Linux; elsewhere the process alone). */
export function processTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const [pid, parent] of parents()) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  const tree = [root];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

/** Signal a process, or its group when negative; no matter that it is gone. */
export function signalTo(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function parents(): [number, number][] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // "pid (name, which may hold anything) state parent ..."
      const parent = / (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\)/s, ''))?.[1];
      return parent ? [[Number(name), Number(parent)]] : [];
    } catch {
      return []; // it ended while we looked
    }
  });
}
