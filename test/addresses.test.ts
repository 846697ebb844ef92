import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, describe, it } from 'node:test';
import { createDoor } from '../src/mail/addresses.ts';
import { MailError } from '../src/mail/errors.ts';

/** A name server that knows these names and answers what it is told; `null` is silence, `[]` is "no such name". */
async function nameServer(names: Record<string, { a?: string[] | null; aaaa?: string[] | null }>) {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const labels: string[] = [];
    let at = 12;
    while (question[at]) {
      labels.push(question.toString('latin1', at + 1, at + 1 + question[at]!));
      at += question[at]! + 1;
    }
    const type = question.readUInt16BE(at + 1);
    const known = names[labels.join('.').toLowerCase()];
    const addresses = type === 1 ? known?.a : known?.aaaa;
    if (addresses === null) return;
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(addresses?.length ?? 0, 6);
    header.writeUInt32BE(0, 8);
    const answers = (addresses ?? []).map((address) => {
      const data = Buffer.from(type === 1 ? address.split('.').map(Number) : bytesOf(address));
      const record = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 1, 0, data.length]);
      return Buffer.concat([record, data]);
    });
    socket.send(Buffer.concat([header, question.subarray(12, at + 5), ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

/** Eight groups in full. */
const bytesOf = (address: string) =>
  address.split(':').flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);

const dns = await nameServer({
  'public.example': { a: ['93.184.216.34', '93.184.216.35'], aaaa: ['2606:2800:220:1:248:1893:25c8:1946'] },
  'rebound.example': { a: ['93.184.216.34', '10.0.0.7'] },
  'rebound6.example': { a: ['93.184.216.34'], aaaa: ['fd00:0:0:0:0:0:0:1'] },
  'mapped.example': { aaaa: ['0:0:0:0:0:ffff:a00:1'] },
  'inner.example': { a: ['10.0.0.7'] },
  'half.example': { a: ['93.184.216.34'], aaaa: null },
  'empty.example': { a: [], aaaa: [] },
});
const open = createDoor({ allowHosts: [], dnsServers: [dns] });

const refused = (reason: string, permanent: boolean) => (error: unknown) => {
  assert.ok(error instanceof MailError, String(error));
  assert.deepEqual([error.reason, error.permanent, error.protocol], [reason, permanent, 'dns']);
  return true;
};

describe('a host on the public internet', () => {
  it('is given with all its addresses, IPv4 first', async () => {
    assert.deepEqual(await open.resolve('Public.Example.'), [
      { address: '93.184.216.34', family: 4 },
      { address: '93.184.216.35', family: 4 },
      { address: '2606:2800:220:1:248:1893:25c8:1946', family: 6 },
    ]);
  });

  it('is given with what was answered when one half of the question was not', async () => {
    assert.deepEqual(await open.resolve('half.example'), [{ address: '93.184.216.34', family: 4 }]);
  });

  it('may be written as an address', async () => {
    assert.deepEqual(await open.resolve('93.184.216.34'), [{ address: '93.184.216.34', family: 4 }]);
    assert.deepEqual(await open.resolve('[2606:4700::1111]'), [{ address: '2606:4700::1111', family: 6 }]);
  });
});

describe('a name that leads inside', () => {
  it('is refused when only one of its addresses is private', async () => {
    for (const host of ['rebound.example', 'rebound6.example', 'mapped.example', 'inner.example']) {
      await assert.rejects(open.resolve(host), refused('network.forbidden', true), host);
    }
  });
});

describe('an address that is not public', () => {
  const forbidden = {
    'this machine': ['127.0.0.1', '127.8.9.1', '::1', '[::1]', '0.0.0.0', '::'],
    'written oddly': ['127.1', '0x7f.1', '2130706433', '017700000001', '127.0.0.1.', '0X7F000001', '0'],
    'private networks': ['10.1.2.3', '172.16.0.1', '192.168.1.1', 'fd12::1', 'fc00::1', 'fec0::1'],
    'link-local and metadata': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', '168.63.129.16', 'fd00:ec2::254'],
    'carrier NAT': ['100.64.0.1', '100.100.100.200'],
    'multicast and broadcast': ['224.0.0.1', '239.255.255.250', '255.255.255.255', 'ff02::1'],
    'documentation and reserved': [
      '192.0.2.1',
      '198.51.100.1',
      '203.0.113.9',
      '198.18.0.1',
      '240.0.0.1',
      '2001:db8::1',
    ],
    'one inside another': [
      '::ffff:10.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::10.0.0.1',
      '64:ff9b:1::1',
      '2002:a00:1::',
      '::127.0.0.1',
    ],
    'outside of what is given out': ['2001::1', '3fff::1', '100::1', '4000::1', '5f00::1'],
  };
  for (const [what, hosts] of Object.entries(forbidden)) {
    it(`is refused: ${what}`, async () => {
      for (const host of hosts) await assert.rejects(open.resolve(host), refused('network.forbidden', true), host);
    });
  }

  it('is taken where an IPv6 address only carries a public one', async () => {
    for (const host of ['::ffff:93.184.216.34', '64:ff9b::93.184.216.34', '2002:5db8:d822::1']) {
      assert.equal((await open.resolve(host)).length, 1, host);
    }
  });
});

describe('what an installation allows', () => {
  const door = (...allowHosts: string[]) => createDoor({ allowHosts, dnsServers: [dns] });

  it('is allowed by name, whatever the case', async () => {
    assert.deepEqual(await door('INNER.example').resolve('inner.Example'), [{ address: '10.0.0.7', family: 4 }]);
    await assert.rejects(door('example').resolve('inner.example'), refused('network.forbidden', true));
  });

  it('is allowed by address or range, in each form of the address', async () => {
    assert.equal((await door('10.0.0.7').resolve('inner.example')).length, 1);
    assert.equal((await door('10.0.0.0/24').resolve('mapped.example')).length, 1);
    assert.equal((await door('127.0.0.0/8').resolve('0x7f.1'))[0]!.address, '127.0.0.1');
    assert.equal((await door('fd00::/8').resolve('rebound6.example')).length, 2);
    await assert.rejects(door('10.0.1.0/24').resolve('inner.example'), refused('network.forbidden', true));
  });

  it('lets a password go in clear only where the installation says so', () => {
    const { isAllowedCleartext } = createDoor({ allowHosts: [], allowCleartextHosts: ['old.example', '10.0.0.0/8'] });
    assert.equal(isAllowedCleartext('Old.Example.'), true);
    assert.equal(isAllowedCleartext('10.1.1.1'), true);
    assert.equal(isAllowedCleartext('mail.example', '10.1.1.1'), true);
    assert.equal(isAllowedCleartext('mail.example'), false);
    assert.equal(isAllowedCleartext('new.old.example'), false);
  });
});

describe('a name that is not found', () => {
  it('is no refusal for good: domains lapse, and name servers fail', async () => {
    for (const host of ['nowhere.example', 'empty.example']) {
      await assert.rejects(open.resolve(host), refused('network.dns', false), host);
    }
  });

  it('is refused for good when it could never be a name', async () => {
    for (const host of ['', 'a b', '1.2.3.4.5', '256.1.1.1', 'a..b', `${'a'.repeat(254)}.example`, '1:2']) {
      await assert.rejects(open.resolve(host), refused('network.dns', true), host);
    }
  });

  it('is given up within the time limit when the name server is silent', async () => {
    const silent = createDoor({
      allowHosts: [],
      dnsServers: [await nameServer({ 'silent.example': { a: null, aaaa: null } })],
    });
    const began = performance.now();
    await assert.rejects(silent.resolve('silent.example'), refused('network.dns', false));
    assert.ok(performance.now() - began < 6_000);
  });

  it('is not waited for by somebody who is stopping', async () => {
    const silent = createDoor({
      allowHosts: [],
      dnsServers: [await nameServer({ 'silent.example': { a: null, aaaa: null } })],
    });
    const stop = new AbortController();
    const resolving = silent.resolve('silent.example', stop.signal);
    stop.abort(new Error('stopping'));
    await assert.rejects(resolving, /stopping/);
  });
});
