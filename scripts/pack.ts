/**
 * `npm pack` runs this before it packs: `src/` as JavaScript and types in `dist/`, at the same depth, because Node does
 * not strip types under node_modules. The daemon in a checkout runs from its source and needs none of it.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Write `dist/` anew. @throws when something in `src/` does not compile. */
export function emit(outDir = `${root}/dist`): void {
  rmSync(outDir, { recursive: true, force: true });
  const compiled = spawnSync(
    process.execPath,
    [`${root}/node_modules/typescript/bin/tsc`, '--project', `${root}/tsconfig.pack.json`, '--outDir', outDir],
    { cwd: root, encoding: 'utf8' },
  );
  if (compiled.status !== 0) throw new Error(`src/ does not compile:\n${compiled.stdout}${compiled.stderr}`);
  // What is no TypeScript: the style of the pages.
  cpSync(`${root}/src`, outDir, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  chmodSync(`${outDir}/postbud.js`, 0o755);
}

if (import.meta.main) emit();
