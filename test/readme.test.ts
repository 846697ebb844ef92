import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startDaemon } from './support/daemon.ts';
import { freshName, useServers } from './support/servers.ts';

describe('the first integration of the README', () => {
  it('connects a mailbox and hears of it, as it stands there', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const code = /<!-- first-integration -->\n```js\n([\s\S]*?)```/.exec(readme)?.[1];
    assert.ok(code, 'the README has no first integration');
    assert.ok(code.trim().split('\n').length <= 22, 'it is promised to be short');

    const servers = await useServers();
    const daemon = await startDaemon();
    const ada = await servers.mailServer.addUser();
    // Beside the project's node_modules, where its imports are found.
    const file = fileURLToPath(new URL(`./${freshName('readme')}.tmp.mjs`, import.meta.url));
    await writeFile(file, code);
    const { address: email, password, imap, smtp } = ada;
    const child = spawn(process.execPath, [file], {
      env: {
        ...process.env,
        POSTBUD_URL: daemon.url,
        REDIS_URL: daemon.env.REDIS_URL!,
        POSTBUD_PREFIX: daemon.env.POSTBUD_PREFIX!,
        SETTINGS: JSON.stringify({ email, password, imap, smtp }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const types: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        types.push(JSON.parse(line).type);
        if (types.at(-1) === 'postbud.mailbox.sync_completed') break;
      }
      assert.deepEqual(types, ['postbud.account.connected', 'postbud.mailbox.sync_completed']);
    } finally {
      child.kill('SIGKILL');
      await rm(file);
      await daemon.stop();
    }
  });
});
