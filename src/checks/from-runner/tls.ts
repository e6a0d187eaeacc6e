import { once } from 'node:events';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { bareAddress } from '../address.ts';
import type { Observation } from '../check.ts';
import type { Question } from '../question.ts';
import { close, within } from './within.ts';

const DAY = 86_400_000;

/** Shakes hands and looks at the certificate; one that is not trusted is an answer as well. */
export function askTls(
  { address, port, name }: Extract<Question, { readonly kind: 'tls' }>,
  limit: number,
  signal: AbortSignal,
): Promise<Observation> {
  return within(limit, signal, async (span) => {
    const subject = bareAddress(name);
    const socket = connect({
      host: bareAddress(address),
      port,
      // An address is no server name (RFC 6066, section 3).
      ...(isIP(subject) === 0 && { servername: subject }),
      // Whether it is trusted is found out below, when it can be said why not.
      rejectUnauthorized: false,
    });
    try {
      await once(socket, 'secureConnect', { signal: span.signal });
      const certificate = socket.getPeerCertificate();
      const expires = new Date(certificate.valid_to);
      return {
        kind: 'tls',
        distrust: [chainProblem(socket), nameProblem(subject, certificate)].filter(Boolean).join('; '),
        expires: expires.toISOString(),
        daysLeft: Math.floor((expires.getTime() - Date.now()) / DAY),
        milliseconds: span.passed(),
      };
    } finally {
      await close(socket);
    }
  });
}

/** Node gives the code of the OpenSSL library, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
function chainProblem({ authorizationError }: TLSSocket): string {
  const code = String(authorizationError ?? '');
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? '' : code.toLowerCase().replaceAll('_', ' ');
}

function nameProblem(name: string, certificate: PeerCertificate): string {
  return checkServerIdentity(name, certificate)?.message ?? '';
}
