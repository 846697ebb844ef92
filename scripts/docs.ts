/**
 * `npm run docs`: writes what is published about the contract from its only source, the schemas in `src/`.
 * `-- --check` writes nothing and ends with 1 when a file is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { asyncApi } from './docs-asyncapi.ts';
import { openApi } from './docs-openapi.ts';
import { withSettings } from './docs-settings.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Every written file, as it should be now. */
export async function documents(): Promise<Record<string, string>> {
  const readme = await readFile(at('README.md'), 'utf8');
  return {
    'docs/openapi.json': `${JSON.stringify(openApi(), null, 2)}\n`,
    'docs/asyncapi.yaml': stringify(await asyncApi(), { lineWidth: 120, aliasDuplicateObjects: false }),
    'README.md': withSettings(readme),
  };
}

/** The files that are not as they should be. */
export async function stale(): Promise<string[]> {
  const wanted = Object.entries(await documents());
  const there = await Promise.all(wanted.map(([path]) => readFile(at(path), 'utf8').catch(() => null)));
  return wanted.filter(([, text], index) => text !== there[index]).map(([path]) => path);
}

if (import.meta.main) {
  const old = await stale();
  if (process.argv.includes('--check')) {
    for (const path of old) console.error(`${path} is stale: npm run docs`);
    process.exitCode = old.length > 0 ? 1 : 0;
  } else {
    const wanted = await documents();
    for (const path of old) await writeFile(at(path), wanted[path]!);
    console.log(old.length > 0 ? `written: ${old.join(', ')}` : 'everything is up to date');
  }
}
