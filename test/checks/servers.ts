import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { type Answer, decode, encode } from 'dns-packet';

/** A server on a free port of the loopback. */
export interface Local {
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves plain connections; all of them are ended with the server. */
export async function serveTcp(meet: (socket: Socket) => void): Promise<Local> {
  return listen(createServer((socket) => meet(socket.on('error', () => undefined))));
}

/** Shakes hands with a certificate, and says `hello` after that. */
export async function serveTls(certificate: Certificate): Promise<Local> {
  const server = createTlsServer({ key: certificate.key, cert: certificate.cert }, (socket) => {
    socket.on('error', () => undefined).end('hello\n');
  });
  return listen(server.on('tlsClientError', () => undefined));
}

async function listen(server: Server): Promise<Local> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a DNS server says to a question; `silence` is nothing at all. */
export type Zone = (type: string, name: string) => readonly Answer[] | 'NXDOMAIN' | 'SERVFAIL' | 'silence';

const CODES = { NXDOMAIN: 3, SERVFAIL: 2 };

/** Serves DNS by UDP. */
export async function serveDns(zone: Zone): Promise<Local> {
  const socket = createSocket('udp4');
  socket.on('message', (message, sender) => {
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    const answers = question === undefined ? 'silence' : zone(question.type, question.name);
    if (answers === 'silence') return;
    const code = typeof answers === 'string' ? CODES[answers] : 0;
    socket.send(
      encode({
        type: 'response',
        ...(id !== undefined && { id }),
        // Recursion was asked for and is available, so that nobody looks further.
        flags: 0x180 | code,
        questions,
        answers: typeof answers === 'string' ? [] : [...answers],
      }),
      sender.port,
      sender.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Certificates made on the spot by an authority of their own. */
export interface Authority {
  /** File with the certificate of the authority. */
  readonly file: string;
  /** For `shop.test` and 127.0.0.1, with 40 days left. */
  readonly good: Certificate;
  /** For `other.test` alone. */
  readonly wrongName: Certificate;
  /** As `good`, over since yesterday. */
  readonly expired: Certificate;
  /** As `good`, vouched for by nobody. */
  readonly selfSigned: Certificate;
  [Symbol.dispose](): void;
}

const SHOP = 'DNS:shop.test,IP:127.0.0.1';

export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...options: readonly string[]) =>
    void execFileSync('openssl', options, { cwd: folder, stdio: 'pipe' });
  const request = (name: string, subject: string) =>
    openssl(
      ...[
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-subj',
        `/CN=${subject}`,
      ],
      ...['-keyout', `${name}.key`],
      ...(name === 'ca' ? ['-x509', '-days', '60', '-out', 'ca.pem'] : ['-out', `${name}.csr`]),
    );
  const make = (name: string, names: string, days: number, signer: readonly string[]): Certificate => {
    request(name, name);
    execFileSync('sh', ['-c', `printf 'subjectAltName=%s\n' '${names}' >${name}.ext`], { cwd: folder });
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', String(days)],
      ...['-extfile', `${name}.ext`, ...signer],
    );
    return { key: readFileSync(at(`${name}.key`), 'utf8'), cert: readFileSync(at(`${name}.pem`), 'utf8') };
  };
  mkdirSync(folder, { recursive: true });
  request('ca', 'authority of the tests');
  const byAuthority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  return {
    file: at('ca.pem'),
    good: make('good', SHOP, 41, byAuthority),
    wrongName: make('wrong', 'DNS:other.test', 41, byAuthority),
    expired: make('expired', SHOP, -1, byAuthority),
    selfSigned: make('self', SHOP, 41, ['-signkey', 'self.key']),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
