import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Unit, UnitState } from './unit.ts';

/** The host's unit and what its service manager is told to do wrong. */
export interface ManagedHost {
  readonly id: string;
  readonly root: string;
  /** Name of the unit without `.service`. */
  readonly service: string;
  readonly unit: Unit;
  /** `stop` and `restart` succeed and change nothing. */
  readonly stale: boolean;
}

export interface ServiceManager {
  /** Puts `bin/systemctl` on a host; from then on it can ask. */
  add(host: ManagedHost): Promise<void>;
  /** The host is no more: whatever still runs there finds no service manager. */
  remove(id: string): void;
  stop(): Promise<void>;
}

interface Reply {
  readonly exitCode: number;
  readonly text: string;
}

const VERBS = ['start', 'stop', 'restart', 'is-active'] as const;
type Verb = (typeof VERBS)[number];

/**
 * Starts the service manager of all hosts. `bin/systemctl` on each asks it, and only who can read a host's folder
 * knows the token in its URL.
 */
export async function startServiceManager(): Promise<ServiceManager> {
  const paths = new Map<string, ManagedHost>();
  const server = createServer(async (request, response) => {
    const host = paths.get(request.url ?? '');
    if (host === undefined) {
      response.writeHead(404).end();
      return;
    }
    const reply = await answer(host, request);
    response.end(`${reply.exitCode}\n${reply.text}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The service manager has no port.');
  return {
    add: async (host) => {
      const path = `/${randomBytes(16).toString('hex')}/${host.id}`;
      paths.set(path, host);
      await install(host, `http://127.0.0.1:${address.port}${path}`);
    },
    remove: (id) => {
      for (const [path, host] of paths) if (host.id === id) paths.delete(path);
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(host: ManagedHost, request: IncomingMessage): Promise<Reply> {
  const words = (await text(request)).split(' ');
  const [verb, name] = words;
  if (words.length !== 2 || name === undefined || !isVerb(verb)) {
    return {
      exitCode: 1,
      text: `systemctl ${words.join(' ')}: the range models only "systemctl ${VERBS.join('|')} UNIT"`,
    };
  }
  if (name.replace(/\.service$/, '') !== host.service) return unknownUnit(verb, name);
  try {
    return await perform(verb, host);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { exitCode: 1, text: `Job for ${host.service}.service failed: ${reason}` };
  }
}

function isVerb(word: string | undefined): word is Verb {
  return VERBS.some((verb) => verb === word);
}

function unknownUnit(verb: Verb, name: string): Reply {
  if (verb === 'is-active') return { exitCode: 4, text: 'inactive' };
  const unit = name.includes('.') ? name : `${name}.service`;
  return { exitCode: 5, text: `Failed to ${verb} ${unit}: Unit ${unit} not found.` };
}

async function perform(verb: Verb, { unit, stale }: ManagedHost): Promise<Reply> {
  switch (verb) {
    case 'start':
      await unit.start();
      break;
    case 'stop':
      if (!stale) await unit.stop();
      break;
    case 'restart':
      if (stale) break;
      await unit.stop();
      await unit.start();
      break;
    case 'is-active':
      return activity(unit.state());
  }
  return { exitCode: 0, text: '' };
}

function activity(state: UnitState): Reply {
  return { exitCode: state === 'active' ? 0 : 3, text: state };
}

async function install(host: ManagedHost, url: string): Promise<void> {
  const file = join(host.root, 'bin', 'systemctl');
  await mkdir(join(host.root, 'bin'), { recursive: true });
  await writeFile(file, standIn(url));
  await chmod(file, 0o755);
}

function standIn(url: string): string {
  return `#!/bin/sh
# Stands in for systemctl on this host of the range: the service manager of the range answers.
if command -v curl >/dev/null 2>&1; then
  reply=$(curl -fsS --data-raw "$*" '${url}')
else
  reply=$(wget -qO- --post-data "$*" '${url}')
fi || { echo 'systemctl: the service manager of the range does not answer' >&2; exit 1; }
code=\${reply%%
*}
text=\${reply#"$code"}
text=\${text#
}
[ "$1" = is-active ] && [ "$code" != 1 ] || exec >&2
[ -z "$text" ] || printf '%s\\n' "$text"
exit "$code"
`;
}
