import type { CommandCheck, DnsCheck, HttpCheck, TcpCheck, TlsCheck } from '../../src/checks/check.ts';

/** A check of the start page as the defaults make it. */
export function httpCheck(changes: Partial<HttpCheck> = {}): HttpCheck {
  return {
    type: 'http',
    name: 'home',
    against: ['new'],
    method: 'GET',
    path: '/',
    headers: {},
    status: [{ from: 200, to: 200 }],
    header: {},
    text: [],
    json: [],
    within: 2_000,
    redirects: 'refuse',
    tls: 'verify',
    ...changes,
  };
}

/** A check that a program of the release ends well. */
export function commandCheck(changes: Partial<CommandCheck> = {}): CommandCheck {
  return {
    type: 'command',
    name: 'database',
    against: ['new'],
    run: './bin/check-database',
    exitCode: 0,
    text: [],
    within: 10_000,
    ...changes,
  };
}

/** A check that the port is open. */
export function tcpCheck(changes: Partial<TcpCheck> = {}): TcpCheck {
  return { type: 'tcp', name: 'port', against: ['new'], text: [], within: 2_000, ...changes };
}

/** A check that the certificate is trusted. */
export function tlsCheck(changes: Partial<TlsCheck> = {}): TlsCheck {
  return {
    type: 'tls',
    name: 'certificate',
    against: ['new'],
    tls: 'verify',
    daysLeft: 0,
    within: 2_000,
    ...changes,
  };
}

/** A check that the name of the shop leads to one address. */
export function dnsCheck(changes: Partial<DnsCheck> = {}): DnsCheck {
  return {
    type: 'dns',
    name: 'address',
    against: ['new'],
    record: 'shop.example.com',
    kind: 'A',
    values: ['192.0.2.1'],
    within: 2_000,
    ...changes,
  };
}
