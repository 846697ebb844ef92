import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate and its key, as PEM files. */
export type Certificate = { certFile: string; keyFile: string };

/** A certificate authority for one test run. Postbud trusts it through POSTBUD_CA_FILE. */
export type CertificateAuthority = Certificate;

/** Names that the test servers answer to. */
export const serverNames = ['localhost', 'mail.postbud.test', '127.0.0.1'];

/** Make a certificate authority. `openssl` is there wherever Dovecot is: Debian's dovecot-core depends on it. */
export async function makeCertificateAuthority(dir: string): Promise<CertificateAuthority> {
  const authority = { certFile: join(dir, 'ca.pem'), keyFile: join(dir, 'ca.key') };
  await makeKey(authority.keyFile);
  // A configuration of our own, because the system's adds extensions of its own.
  const config = join(dir, 'ca.cnf');
  await writeFile(
    config,
    `[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = Postbud test authority
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`,
  );
  const { certFile, keyFile } = authority;
  await run('openssl', ['req', '-x509', '-new', '-key', keyFile, '-days', '2', '-config', config, '-out', certFile]);
  return authority;
}

/** A certificate for `names`, signed by `authority`. Pass other names than the server's to see it refused. */
export async function makeCertificate(
  authority: CertificateAuthority,
  options: { dir: string; name?: string; names?: string[] },
): Promise<Certificate> {
  const { dir, name = 'server', names = serverNames } = options;
  const file = (ending: string) => join(dir, `${name}.${ending}`);
  const certificate = { certFile: file('pem'), keyFile: file('key') };
  await makeKey(certificate.keyFile);
  const alternatives = names.map((one) => (/^[\d.]+$|:/.test(one) ? `IP:${one}` : `DNS:${one}`)).join(',');
  await writeFile(file('cnf'), `subjectAltName = ${alternatives}\nextendedKeyUsage = serverAuth\n`);
  const subject = `/CN=${names[0]}`;
  await run('openssl', ['req', '-new', '-key', certificate.keyFile, '-subj', subject, '-out', file('csr')]);
  const signedBy = [
    '-CA',
    authority.certFile,
    '-CAkey',
    authority.keyFile,
    '-set_serial',
    `0x${Date.now().toString(16)}`,
  ];
  const made = ['-in', file('csr'), '-days', '2', '-extfile', file('cnf'), '-out', certificate.certFile];
  await run('openssl', ['x509', '-req', ...signedBy, ...made]);
  const chain = await Promise.all([certificate, authority].map((one) => readFile(one.certFile, 'utf8')));
  await writeFile(certificate.certFile, chain.join(''));
  return certificate;
}

async function makeKey(file: string) {
  await run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file]);
}
