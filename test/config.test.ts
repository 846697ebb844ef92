import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigError, readConfig } from '../src/config.ts';

const key = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const production = {
  DATABASE_URL: 'postgres://u:p@db.example/postbud',
  REDIS_URL: 'redis://cache.example',
  POSTBUD_KEYS: key,
  POSTBUD_ADMIN_TOKEN: 'a-token-that-is-long-enough',
};

const problemsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
};

describe('the settings', () => {
  it('need nothing on a laptop', () => {
    const config = readConfig({});
    assert.equal(config.databaseUrl, undefined);
    assert.equal(config.publicUrl, 'http://127.0.0.1:3040');
    assert.deepEqual([...config.roles], ['http', 'jobs', 'watch', 'relay']);
    assert.equal(config.prefix, '{postbud}');
  });

  it('name every bad value at once, and never print one', () => {
    const problems = problemsOf({
      ...production,
      POSTBUD_KEYS: 'k1:c2VjcmV0LXZhbHVl',
      POSTBUD_HTTP: 'nowhere',
      POSTBUD_ROLES: 'http,butler',
      POSTBUD_ALLOW_HOSTS: '10.0.0.0/99',
    });
    assert.deepEqual(problems.map((problem) => problem.split(/[:.]/)[0]).sort(), [
      'POSTBUD_ALLOW_HOSTS',
      'POSTBUD_HTTP',
      'POSTBUD_KEYS',
      'POSTBUD_ROLES',
    ]);
    assert.doesNotMatch(problems.join(), /c2VjcmV0/);
  });

  it('stop the start at an unknown name, except those that Kubernetes injects', () => {
    assert.deepEqual(problemsOf({ ...production, POSTBUD_ROLE: 'http' }), ['POSTBUD_ROLE: there is no such setting']);
    assert.deepEqual(problemsOf({ ...production, POSTBUD_SERVICE_HOST: '10.1.1.1', POSTBUD_PORT_3040_TCP: 'x' }), []);
    assert.deepEqual(problemsOf({ ...production, POSTBUD_PORT: 'tcp://10.1.1.1:3040' }), []);
  });

  it('take a secret from a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'postbud-config-')), 'token');
    writeFileSync(file, 'a-token-from-a-file-0123456789\n');
    const { POSTBUD_ADMIN_TOKEN: _, ...rest } = production;
    assert.equal(readConfig({ ...rest, POSTBUD_ADMIN_TOKEN_FILE: file }).adminToken, 'a-token-from-a-file-0123456789');
    assert.deepEqual(problemsOf({ ...rest, POSTBUD_ADMIN_TOKEN_FILE: '/not/there' }).slice(0, 1), [
      'POSTBUD_ADMIN_TOKEN_FILE: the file cannot be read (ENOENT)',
    ]);
  });

  it('want keys and an admin token beside a database of one’s own', () => {
    const { POSTBUD_KEYS: _k, POSTBUD_ADMIN_TOKEN: _t, ...rest } = production;
    assert.deepEqual(problemsOf(rest), [
      'POSTBUD_KEYS: is required when DATABASE_URL is set',
      'POSTBUD_ADMIN_TOKEN: is required when DATABASE_URL is set',
    ]);
  });

  it('take secrets in clear only where nobody else can reach', () => {
    const plain = { ...production, POSTBUD_ACCEPT_PLAIN_SECRETS: 'true' };
    assert.equal(readConfig(plain).acceptPlainSecrets, true);
    assert.match(problemsOf({ ...plain, POSTBUD_PUBLIC_URL: 'https://mail.example' })[0]!, /loopback/);
    assert.match(problemsOf({ ...plain, POSTBUD_PUBLIC_URL: 'https://127.0.0.1.example.com' })[0]!, /loopback/);
  });

  it('know login providers by their names, and say what is wrong with one', () => {
    const { oauth } = readConfig({
      POSTBUD_OAUTH_GOOGLE_CLIENT_ID: 'g',
      POSTBUD_OAUTH_OWN_CLIENT_ID: 'o',
      POSTBUD_OAUTH_OWN_ISSUER: 'https://id.example/',
      POSTBUD_OAUTH_OWN_DOMAINS: 'example.dk, example.no',
      POSTBUD_OAUTH_OWN_IMAP: 'imap.example.dk:143',
      POSTBUD_OAUTH_OWN_SMTP: 'smtp.example.dk:2465/tls',
    });
    assert.deepEqual(oauth.map(({ name }) => name).sort(), ['google', 'own']);
    const own = oauth.find(({ name }) => name === 'own')!;
    assert.deepEqual(own.DOMAINS, ['example.dk', 'example.no']);
    assert.deepEqual(own.IMAP, { host: 'imap.example.dk', port: 143, security: 'starttls' });
    assert.deepEqual(own.SMTP, { host: 'smtp.example.dk', port: 2465, security: 'tls' });
    const problems = problemsOf({
      ...production,
      POSTBUD_OAUTH_GOOGLE_SCOPES: 'openid',
      POSTBUD_OAUTH_OWN_CLIENT_ID: 'o',
      POSTBUD_OAUTH_BAD_CLIENT_ID: 'b',
      POSTBUD_OAUTH_BAD_ISSUER: 'http://id.example',
      POSTBUD_OAUTH_BAD_IMAP: 'imap.example.dk',
    });
    assert.deepEqual(problems.map((problem) => problem.split(':')[0]).sort(), [
      'POSTBUD_OAUTH_BAD_IMAP',
      'POSTBUD_OAUTH_BAD_ISSUER',
      'POSTBUD_OAUTH_GOOGLE_CLIENT_ID',
      'POSTBUD_OAUTH_OWN_ISSUER',
    ]);
  });

  it('ask the autoconfig database unless its setting is empty', () => {
    assert.match(readConfig({}).autoconfigUrl, /^https:/);
    assert.equal(readConfig({ POSTBUD_AUTOCONFIG_URL: '' }).autoconfigUrl, '');
  });
});
