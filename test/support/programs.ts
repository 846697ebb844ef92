import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptCanInstall, aptInstall } from './apt.ts';
import { buildServerImage, dockerAnswers } from './docker.ts';

/** Where server programs live besides the PATH, which often has no sbin for a normal user. */
const furtherDirectories = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/usr/lib/dovecot', '/usr/libexec/dovecot'];

/** The path of a program of this machine, or null. */
export function findProgram(...names: string[]): string | null {
  for (const dir of [...(process.env.PATH ?? '').split(delimiter), ...furtherDirectories]) {
    for (const name of names) {
      try {
        accessSync(join(dir, name), constants.X_OK);
        return join(dir, name);
      } catch {} // not here: the next place
    }
  }
  return null;
}

/** Where the servers of a run come from; an image stands for Docker. */
export type Provided = { redisImage: string | null; mailImage: string | null };

type Part = { what: string; debian: string[]; inImage: boolean; isHere(): boolean };

const isRoot = process.getuid?.() === 0;
const redis: Part = {
  what: 'Redis (redis-server or valkey-server, or a URL in TEST_REDIS_URL)',
  debian: ['redis-server'],
  inImage: true,
  isHere: () => Boolean(process.env.TEST_REDIS_URL ?? findProgram('redis-server', 'valkey-server')),
};
const dovecot: Part = {
  what: 'Dovecot (dovecot, with imap and lmtp)',
  debian: ['dovecot-imapd', 'dovecot-lmtpd'],
  inImage: true,
  isHere: () => ['dovecot', 'doveadm', 'imap', 'lmtp'].every((program) => findProgram(program)),
};
const postfix: Part = {
  what: 'Postfix (and root to start it)',
  debian: ['postfix'],
  inImage: true,
  isHere: () => isRoot && findProgram('postconf') !== null,
};
const openssl: Part = {
  what: 'openssl',
  debian: ['openssl'],
  inImage: false,
  isHere: () => findProgram('openssl') !== null,
};
const chromium: Part = {
  what: 'Chromium',
  debian: ['chromium'],
  inImage: false,
  isHere: () => findProgram(...chromiumNames) !== null,
};

/** What Chromium is called on the machines that have it. */
export const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * See that there is a browser, or install it. Where it cannot be had its tests are skipped with a word; on CI that is a
 * failure, since nobody reads there what was skipped.
 */
async function provideBrowser(say: (line: string) => void): Promise<void> {
  if (chromium.isHere()) return;
  if (isRoot && aptCanInstall()) {
    say('the tests of the pages need Chromium: installing it with apt-get');
    await aptInstall(chromium.debian, say).catch((error: Error) => say(error.message)); // judged by what is there now
  }
  if (!chromium.isHere() && process.env.CI)
    throw new Error('Missing for the tests: Chromium (apt-get install chromium).');
}

/**
 * See that every server can be started: a URL in the environment, the program on this machine, Docker, or `apt-get` for
 * root on Debian, in this order. Throws one line that says what is missing and how to get it.
 */
export async function provideServers(say: (line: string) => void): Promise<Provided> {
  await provideBrowser(say);
  const provided: Provided = { redisImage: null, mailImage: null };
  const missing = () => [redis, dovecot, postfix, openssl].filter((part) => !part.isHere());
  let lacking = missing();
  if (lacking.some((part) => part.inImage) && (await dockerAnswers())) {
    const image = await buildServerImage(say);
    if (lacking.includes(redis)) provided.redisImage = image;
    if (lacking.includes(dovecot) || lacking.includes(postfix)) provided.mailImage = image;
    lacking = lacking.filter((part) => !part.inImage);
  }
  if (lacking.length > 0 && isRoot && aptCanInstall()) {
    const packages = lacking.flatMap((part) => part.debian);
    say(`the tests need ${lacking.map((part) => part.what).join(', ')}: installing ${packages.join(' ')} with apt-get`);
    await aptInstall(packages, say);
    lacking = missing().filter((part) => lacking.includes(part));
  }
  if (lacking.length > 0) {
    throw new Error(
      `Missing for the tests: ${lacking.map((part) => part.what).join('; ')}. ` +
        `Start Docker, or as root on Debian: apt-get install ${lacking.flatMap((part) => part.debian).join(' ')}.`,
    );
  }
  return provided;
}
