import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One bundle, and inputs with which it gets as far as its first call to AWS. */
export interface Subject {
  readonly name: string;
  readonly bundle: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export interface StartUp {
  readonly name: string;
  /** Milliseconds from the start of the process to its end, given no inputs. */
  readonly badInput: number;
  /** Milliseconds from the start of the process to its first request to AWS. */
  readonly firstRequest: number | undefined;
  /** Bytes; the most memory that was resident until the first request. */
  readonly memory: number | undefined;
  /** Bytes of the entry alone, which is all that bad inputs load. */
  readonly entry: number;
  /** Bytes of all JavaScript loaded until the first call failed. */
  readonly loaded: number;
}

interface FirstRequest {
  readonly after: number;
  readonly memory: number;
}

/**
 * Measures how bundles start, all of them and bare Node in turn, so that a busy moment of the machine spoils no
 * single one. Medians of all rounds; the first round only warms the file cache up.
 */
export async function measureStartUp(
  subjects: readonly Subject[],
  rounds: number,
): Promise<{ readonly bare: number; readonly bundles: readonly StartUp[] }> {
  const bare: number[] = [];
  const bad = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const good = new Map(subjects.map(({ name }) => [name, [] as FirstRequest[]]));
  for (let round = 0; round <= rounds; round += 1) {
    const bareTime = timeToExit(['-e', '0']);
    if (round > 0) bare.push(bareTime);
    for (const subject of subjects) {
      const badTime = timeToExit([subject.bundle]);
      const first = await timeToFirstRequest(subject);
      if (round === 0) continue;
      bad.get(subject.name)?.push(badTime);
      if (first !== undefined) good.get(subject.name)?.push(first);
    }
  }
  const bundles: StartUp[] = [];
  for (const subject of subjects) {
    const firsts = good.get(subject.name) ?? [];
    bundles.push({
      name: subject.name,
      badInput: median(bad.get(subject.name) ?? []),
      firstRequest: firsts.length === 0 ? undefined : median(firsts.map(({ after }) => after)),
      memory: firsts.length === 0 ? undefined : median(firsts.map(({ memory }) => memory)),
      entry: statSync(subject.bundle).size,
      loaded: await bytesLoaded(subject),
    });
  }
  return { bare: median(bare), bundles };
}

function timeToExit(args: readonly string[]): number {
  const begin = performance.now();
  spawnSync(process.execPath, args, { env: { PATH: process.env['PATH'] }, stdio: 'ignore' });
  return performance.now() - begin;
}

/** `undefined` when the bundle ends without having called AWS. */
function timeToFirstRequest(subject: Subject): Promise<FirstRequest | undefined> {
  return againstRefusal(subject, {}, (begin, pid) => ({
    after: performance.now() - begin,
    memory: peakMemory(pid),
  }));
}

/** Node's own coverage lists every script that was loaded. */
async function bytesLoaded(subject: Subject): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    await againstRefusal(subject, { NODE_V8_COVERAGE: folder }, () => undefined);
    const scripts = readdirSync(folder).flatMap((file) => {
      const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    });
    return [...new Set(scripts)].reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a bundle against a server that refuses every call, and looks when the first one arrives. */
async function againstRefusal<T>(
  subject: Subject,
  env: Readonly<Record<string, string>>,
  look: (begin: number, pid: number) => T,
): Promise<T | undefined> {
  let onFirst: () => void = () => undefined;
  const server = createServer((request, response) => {
    onFirst();
    onFirst = () => undefined;
    request.resume();
    response.writeHead(403).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const begin = performance.now();
  const child = spawn(process.execPath, [subject.bundle], {
    env: { ...awsEnvironment(`http://127.0.0.1:${port}`), ...inputVariables(subject.inputs), ...env },
    stdio: 'ignore',
  });
  let seen: T | undefined;
  onFirst = () => {
    if (child.pid !== undefined) seen = look(begin, child.pid);
  };
  await new Promise((resolve) => child.once('close', resolve));
  server.close().closeAllConnections();
  return seen;
}

function awsEnvironment(endpoint: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  );
}

/** Bytes, from Linux; not a number elsewhere. */
function peakMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  } catch {
    return Number.NaN;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The bundles of all actions in `dist`, not that of the commands; the inputs are those of `inputs` by name. */
export function subjectsIn(
  dist: string,
  inputs: Readonly<Record<string, Subject['inputs']>>,
): readonly Subject[] {
  return readdirSync(dist, { withFileTypes: true })
    .filter((each) => each.isDirectory() && each.name !== 'zonewise')
    .map(({ name }) => ({
      name: basename(name),
      bundle: join(dist, name, 'index.js'),
      inputs: inputs[name] ?? {},
    }));
}
