import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from 'dns-packet';
import type { Check } from '../../../src/checks/check.ts';
import { type CheckResult, smokeTest } from '../../../src/operations/smoke/smoke.ts';
import { checkTrial } from '../../../src/operations/smoke/smoke-trial.ts';
import { dnsCheck, tcpCheck, tlsCheck } from '../../checks/sample.ts';
import {
  type Authority,
  type Certificate,
  type Local,
  makeAuthority,
  serveDns,
  serveTcp,
  serveTls,
  type Zone,
} from '../../checks/servers.ts';
import { findProgram, findShells, reportMissing } from '../../hosts/shells.ts';
import { setStage } from '../stage.ts';
import { fromHost, fromRunner, type Place } from './asking-places.ts';

let authority: Authority;
const trusted = tls.getCACertificates('default');

beforeAll(() => {
  authority = makeAuthority();
  tls.setDefaultCACertificates([...trusted, readFileSync(authority.file, 'utf8')]);
});

afterAll(() => {
  tls.setDefaultCACertificates(trusted);
  authority[Symbol.dispose]();
});

/** busybox has none of the tools, which a test of its own shows. */
const shells = findShells().filter(({ name }) => name !== 'busybox');
const places = [
  { name: 'runner', open: fromRunner },
  ...shells.map((shell) => ({
    name: shell.name,
    open: () => fromHost(shell, { SSL_CERT_FILE: authority.file }),
  })),
];
const dnsPlaces = places.filter(({ name }) => name === 'runner' || findProgram('dig') !== undefined);
if (dnsPlaces.length < places.length) reportMissing('dig');

async function trySmoke({ ask }: Place, check: Check, { port }: Local): Promise<CheckResult | undefined> {
  const [result] = await smokeTest(
    { ...setStage().context, ask },
    {
      targets: [{ host: 'i-1', subject: 'i-1', base: `http://127.0.0.1:${port}` }],
      trials: [checkTrial(check, '/srv/web')],
      patience: { attempts: 1, interval: 0, consecutive: 1, warmUp: 0 },
      negativeControl: true,
    },
  );
  return result;
}

const passed = (seen: RegExp) => ({ passed: true, seen: expect.stringMatching(seen) });
const failed = (seen: RegExp) => ({ passed: false, seen: expect.stringMatching(seen) });
const rule = (kind: 'equals' | 'contains' | 'matches', text: string) => ({ text: [{ kind, text }] });

describe.each(places)('tcp from $name', ({ open }) => {
  const greet = (greeting: string | Buffer) => serveTcp((socket) => void socket.write(greeting));

  test('an open port passes, a closed one fails', async () => {
    await using place = await open();
    await using server = await serveTcp(() => undefined);
    const gone = await serveTcp(() => undefined);
    await gone[Symbol.asyncDispose]();
    expect(await trySmoke(place, tcpCheck(), server)).toMatchObject(passed(/^connected in \d/));
    expect(await trySmoke(place, tcpCheck(), gone)).toMatchObject(failed(/^no answer \(.*refused\b/i));
    expect(await trySmoke(place, tcpCheck({ port: server.port }), gone)).toMatchObject({
      passed: true,
      request: `connection to 127.0.0.1:${server.port}`,
    });
  });

  test('what the server says first is judged', async () => {
    await using place = await open();
    await using server = await greet('220 mail ready\r\n');
    for (const [good, bad] of [
      [rule('equals', '220 mail ready\r\n'), rule('equals', '220 mail ready')],
      [rule('contains', 'mail'), rule('contains', 'gone')],
      [rule('matches', '^220 '), rule('matches', '^554 ')],
    ] as const) {
      expect(await trySmoke(place, tcpCheck(good), server)).toMatchObject(passed(/^connected in \d/));
      expect(await trySmoke(place, tcpCheck(bad), server)).toMatchObject(
        failed(/^connected "220 mail ready"$/),
      );
    }
  });

  test('it may come in pieces, and have bytes that are no text', async () => {
    await using place = await open();
    await using pieces = await serveTcp((socket) => {
      socket.write('SSH-2.0');
      setTimeout(() => socket.write('-OpenSSH\r\n'), 20);
    });
    expect(await trySmoke(place, tcpCheck(rule('matches', '^SSH-2.0-OpenSSH\r\n$')), pieces)).toMatchObject({
      passed: true,
    });
    await using binary = await greet(Buffer.from('4a0000000a382e302e333600', 'hex'));
    expect(await trySmoke(place, tcpCheck(rule('contains', '8.0.36')), binary)).toMatchObject({
      passed: true,
    });
  });

  test('a server that says nothing fails, and one that closes', async () => {
    await using place = await open();
    await using mute = await serveTcp(() => undefined);
    await using closing = await serveTcp((socket) => void socket.end());
    const check = tcpCheck({ ...rule('contains', 'x'), within: 10 });
    expect(await trySmoke(place, check, mute)).toMatchObject(failed(/^no answer \(timed out after 1/));
    expect(await trySmoke(place, tcpCheck(rule('contains', 'x')), closing)).toMatchObject(
      failed(/^connected ""$/),
    );
  });
});

describe.each(places)('tls from $name', ({ open }) => {
  test.each<[string, (made: Authority) => Certificate, Partial<ReturnType<typeof tlsCheck>>, RegExp | true]>([
    ['trusted for its name', ({ good }) => good, { host: 'shop.test' }, true],
    ['trusted for its address', ({ good }) => good, {}, true],
    ['with just enough days', ({ good }) => good, { daysLeft: 40 }, true],
    ['with too few days', ({ good }) => good, { daysLeft: 41 }, /with 40 days left$/],
    ['for another name', ({ wrongName }) => wrongName, { host: 'shop.test' }, /not trusted: .*hostname/i],
    ['for no address', ({ wrongName }) => wrongName, {}, /not trusted: .*(IP)/],
    ['that is over', ({ expired }) => expired, {}, /not trusted: .*expired which is over$/],
    ['of nobody', ({ selfSigned }) => selfSigned, {}, /not trusted: .*self.signed/],
    ['of nobody, ignored', ({ selfSigned }) => selfSigned, { tls: 'ignore' }, true],
    ['for another name, ignored', ({ wrongName }) => wrongName, { tls: 'ignore' }, true],
    ['that is over, ignored', ({ expired }) => expired, { tls: 'ignore' }, / which is over$/],
  ])('a certificate %s', async (_, certificate, changes, fault) => {
    await using place = await open();
    await using server = await serveTls(certificate(authority));
    expect(await trySmoke(place, tlsCheck(changes), server)).toMatchObject(
      fault === true ? passed(/^certificate until \d{4}-\d\d-\d\d in \d/) : failed(fault),
    );
  });

  test('a server that speaks no TLS fails, and one that says nothing', async () => {
    await using place = await open();
    await using plain = await serveTcp((socket) => void socket.end('220 ready\r\n'));
    await using mute = await serveTcp(() => undefined);
    expect(await trySmoke(place, tlsCheck(), plain)).toMatchObject(
      failed(/^no answer \(wrong version number\)$/),
    );
    expect(await trySmoke(place, tlsCheck({ within: 10 }), mute)).toMatchObject(
      failed(/^no answer \(timed out after 1/),
    );
  });
});

const shop: Zone = (type, name) => {
  const make = (...data: readonly string[]): readonly Answer[] =>
    type === 'A' || type === 'AAAA' || type === 'CNAME' || type === 'NS'
      ? data.map((each) => ({ type, name, data: each }))
      : [];
  if (name === 'broken.test') return 'SERVFAIL';
  if (name === 'silent.test') return 'silence';
  if (name === 'missing.test') return 'NXDOMAIN';
  if (name === 'www.test' && type === 'A') {
    return [
      { type: 'CNAME', name, data: 'Shop.test' },
      { type: 'A', name: 'shop.test', data: '192.0.2.1' },
    ];
  }
  switch (type) {
    case 'A':
      return make('192.0.2.1', '192.0.2.2');
    case 'AAAA':
      return make('2001:db8::1');
    case 'CNAME':
      return make('WEB.shop.test');
    case 'NS':
      return make('ns1.shop.test', 'ns2.shop.test');
    case 'MX':
      return [{ type, name, data: { preference: 10, exchange: 'mail.shop.test' } }];
    case 'SRV':
      return [{ type, name, data: { priority: 10, weight: 5, port: 8080, target: 'web.shop.test' } }];
    case 'TXT':
      return [{ type, name, data: ['v=spf1  "ü☂"\\', ' -all'] }];
    default:
      return [];
  }
};

describe.each(dnsPlaces)('dns from $name', ({ open }) => {
  const check = (server: Local, changes: Partial<ReturnType<typeof dnsCheck>>) =>
    dnsCheck({ record: 'shop.test', server: `127.0.0.1:${server.port}`, ...changes });

  test.each<[Partial<ReturnType<typeof dnsCheck>>, Partial<ReturnType<typeof dnsCheck>>, RegExp]>([
    [
      { values: ['192.0.2.2', '192.0.2.1'] },
      { values: ['192.0.2.1'] },
      /^192\.0\.2\.1, 192\.0\.2\.2 and not 192\.0\.2\.1 alone$/,
    ],
    [
      { record: 'www.test' },
      { record: 'www.test', values: ['192.0.2.1', '192.0.2.9'] },
      /^192\.0\.2\.1 without 192\.0\.2\.9$/,
    ],
    [
      { kind: 'AAAA', values: ['2001:db8::1'] },
      { kind: 'AAAA', values: ['2001:db8::2'] },
      /^2001:db8::1 without/,
    ],
    [
      { kind: 'CNAME', values: ['web.shop.test'] },
      { kind: 'CNAME', values: ['shop.test'] },
      /^web\.shop\.test wi/,
    ],
    [
      { kind: 'NS', values: ['ns2.shop.test', 'ns1.shop.test'] },
      { kind: 'NS', values: ['ns3.shop.test'] },
      /without ns3\.shop\.test$/,
    ],
    [
      { kind: 'MX', values: ['10 mail.shop.test'] },
      { kind: 'MX', values: ['20 mail.shop.test'] },
      /^10 mail/,
    ],
    [
      { kind: 'SRV', values: ['10 5 8080 web.shop.test'] },
      { kind: 'SRV', values: ['10 5 80 web.shop.test'] },
      /^10 5 8080/,
    ],
    [{ kind: 'TXT', values: ['v=spf1  "ü☂"\\ -all'] }, { kind: 'TXT', values: ['v=spf1 -all'] }, /^v=spf1/],
  ])('%j passes, %j fails', async (good, bad, seen) => {
    await using place = await open();
    await using server = await serveDns(shop);
    expect(await trySmoke(place, check(server, good), server)).toMatchObject(passed(/ in \d/));
    expect(await trySmoke(place, check(server, bad), server)).toMatchObject(failed(seen));
  });

  test('no such name and no such record are answers; a failing or silent server gives none', async () => {
    await using place = await open();
    await using server = await serveDns(shop);
    await using empty = await serveDns(() => []);
    const seenOf = (record: string) => trySmoke(place, check(server, { record, within: 1_000 }), server);
    expect(await seenOf('missing.test')).toMatchObject(failed(/^no such record without 192\.0\.2\.1$/));
    expect(await trySmoke(place, check(empty, {}), empty)).toMatchObject(failed(/^no such record without/));
    expect(await seenOf('broken.test')).toMatchObject(failed(/^no answer \(.*SERVFAIL/));
    expect(await seenOf('silent.test')).toMatchObject(failed(/^no answer \(timed out after 2/));
  });
});

describe.each(findShells().filter(({ name }) => name === 'busybox'))('a host without tools', (shell) => {
  test.each<[Check, string]>([
    [tcpCheck(), 'bash'],
    [tlsCheck(), 'openssl'],
    [dnsCheck(), 'dig'],
  ])('says so: %j', async (check, tool) => {
    await using place = await fromHost(shell);
    await using server = await serveTcp(() => undefined);
    expect(await trySmoke(place, check, server)).toMatchObject({
      passed: false,
      seen: `no answer (${tool} is not installed on i-1)`,
    });
  });
});
