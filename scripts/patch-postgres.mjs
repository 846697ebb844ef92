/**
 * Run by npm after an install (`prepare`). postgres.js 3.4.9 throws outside of every promise, which ends the process, when
 * a connection closes between a query and its write (its issues 1066, 1154 and 1208), and afterwards never writes on that
 * connection again, since the timer of the lost write still counts as pending. It also asks for the types of arrays behind
 * everybody's back: a connection that ends at that moment leaves a rejection that nobody hears, and a connection that
 * cannot write arrays. Until a release has the fixes, their lines are put in here. Another version, or other code, is left alone and said so.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const fixes = [
  [
    '    clearImmediate(nextWriteTimer)\n    socket.removeListener',
    '    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.removeListener',
  ],
  [
    '    const x = socket.write(chunk, fn)\n',
    '    if (!socket) return (chunk = nextWriteTimer = null, false)\n    const x = socket.write(chunk, fn)\n',
  ],
  ['        return fetchArrayTypes()\n', '        return fetchArrayTypes().catch(() => { needsTypes = true })\n'],
];

const folder = new URL('../node_modules/postgres/', import.meta.url);
for (const path of ['src/connection.js', 'cjs/src/connection.js']) {
  const file = new URL(path, folder);
  let code = readFileSync(file, 'utf8');
  for (const [before, after] of fixes) {
    if (code.includes(after)) continue;
    if (!code.includes(before)) {
      console.error(`postgres ${path}: the code is another one; see whether the fix is in it and this script can go`);
      process.exit(1);
    }
    code = code.replace(before, after);
  }
  writeFileSync(file, code);
}
