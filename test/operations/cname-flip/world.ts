import type { Observation } from '../../../src/checks/check.ts';
import type { Ask } from '../../../src/checks/question.ts';
import type {
  Authority,
  Content,
  DnsProvider,
  RecordSet,
  Reply,
  SwapOutcome,
} from '../../../src/dns/port.ts';
import { canonicalValues, holdsAll, keyOf } from '../../../src/dns/record-set.ts';
import type { Proof } from '../../../src/operations/cname-flip/prove.ts';
import type { FlipContext, FlipRequest } from '../../../src/operations/cname-flip/request.ts';
import { type Stage, setStage } from '../stage.ts';
import { identityTrial } from './trial.ts';

export const ZONE = 'example.test';
export const ZONE_ID = 'Z1';
export const RECORD = `www.${ZONE}`;
export const BLUE = `blue.${ZONE}`;
export const GREEN = `green.${ZONE}`;
const ADDRESSES: Readonly<Record<string, string>> = { [BLUE]: '192.0.2.1', [GREEN]: '192.0.2.2' };
export const SERVERS = [1, 2, 3].map((n) => ({ name: `ns${n}.test`, address: `198.51.100.${n}`, port: 53 }));

export type Moment = 'before' | 'after';
/** Sees every call of the provider and the servers, before it has an effect and after it. */
export type Hook = (call: string, moment: Moment) => void | Promise<void>;

export interface FlipWorld {
  readonly context: FlipContext;
  readonly stage: Stage;
  readonly request: FlipRequest;
  /** How the request has it proven. */
  readonly proof: Proof;
  /** Every state the zone was in. */
  readonly states: readonly (readonly RecordSet[])[];
  /** Answers so far that the name is not there. */
  absent(): number;
  sets(): readonly RecordSet[];
  /** Somebody else changes the zone. */
  put(...sets: readonly RecordSet[]): void;
  hook: Hook;
  /** A server of this name keeps to what it has now. */
  stick(server: string): void;
  /** What `swap` answers in the place of the truth. */
  swapAnswers: (SwapOutcome | 'unsent')[];
  /** Version that each address serves. */
  readonly serves: Map<string, string>;
  /** Whether the new side breaks as soon as the record is changed. */
  breaksOnSwap: boolean;
  /** Milliseconds until a change is in sync. */
  propagation: number;
}

export function set(content: Content, more: Partial<RecordSet> = {}): RecordSet {
  return { name: `${RECORD}.`, type: 'CNAME', content, routing: { kind: 'simple' }, native: {}, ...more };
}

export function cname(value: string, ttl = 60): RecordSet {
  return set({ kind: 'values', ttl, values: [value] });
}

export function weighted(value: string, identifier: string, weight: number): RecordSet {
  return { ...cname(value), routing: { kind: 'weighted', identifier, weight } };
}

/** A zone with a service on either side, in which time passes only by sleeping; it keeps records as Route 53 does. */
export function flipWorld(initial: readonly RecordSet[] = [cname(BLUE)]): FlipWorld {
  const stage = setStage();
  const states: (readonly RecordSet[])[] = [initial];
  const stuck = new Map<string, readonly RecordSet[]>();
  const changes: number[] = [];
  let absent = 0;
  const now = () => states.at(-1) ?? [];
  const proof = proofOf(() => world);
  const world: FlipWorld = {
    proof,
    stage,
    states,
    hook: () => undefined,
    swapAnswers: [],
    propagation: 3_000,
    breaksOnSwap: false,
    serves: new Map([
      [ADDRESSES[BLUE] ?? '', '1'],
      [ADDRESSES[GREEN] ?? '', '2'],
    ]),
    absent: () => absent,
    sets: now,
    put: (...sets) => void states.push(sets),
    stick: (server) => void stuck.set(server, now()),
    context: { ...stage.context, provider: {} as DnsProvider, authority: {} as Authority },
    request: requestOf(proof),
  };
  const hooked = async <T>(call: string, work: () => T): Promise<T> => {
    await world.hook(call, 'before');
    const result = work();
    await world.hook(call, 'after');
    return result;
  };
  const provider: DnsProvider = {
    zone: (id) =>
      hooked('zone', () => ({
        id,
        name: ZONE,
        isPrivate: false,
        nameServers: SERVERS.map(({ name }) => name),
      })),
    read: (_, name) => hooked('read', () => now().filter((each) => each.name === `${name}.`)),
    protections: () => hooked('protections', () => []),
    swap: (_, old, next) =>
      hooked('swap', () => {
        const answer = world.swapAnswers.shift();
        if (answer === 'unsent') return { kind: 'unknown', problem: 'connection lost' };
        if (answer !== undefined && answer.kind !== 'unknown') return answer;
        const outcome = swap(old, next);
        return answer ?? outcome;
      }),
    isInSync: (change) =>
      hooked(
        'isInSync',
        () => stage.clock.now() >= (changes[Number(change.slice(1))] ?? 0) + world.propagation,
      ),
  };
  function swap(old: readonly RecordSet[], next: readonly RecordSet[]): SwapOutcome {
    const there = now();
    const isExact = old.every((each) => there.some((one) => JSON.stringify(one) === JSON.stringify(each)));
    if (!isExact) return { kind: 'lost', now: there };
    const keys = new Set(old.map(keyOf));
    if (world.breaksOnSwap) world.serves.set(ADDRESSES[GREEN] ?? '', '1');
    states.push([...there.filter((each) => !keys.has(keyOf(each))), ...next]);
    return { kind: 'done', change: `C${changes.push(stage.clock.now()) - 1}` };
  }
  const authority: Authority = {
    delegation: async () => SERVERS.map(({ name }) => name),
    servers: async () => SERVERS,
    resolve: async (name) => (ADDRESSES[name] === undefined ? [] : [ADDRESSES[name]]),
    ask: (server, name, type) =>
      hooked(`ask ${server.name}`, (): Reply => {
        const sets = (stuck.get(server.name) ?? now()).filter((each) => each.name === `${name}.`);
        if (sets.length === 0) absent += 1;
        const weights = sets.map(({ routing }) => (routing.kind === 'weighted' ? routing.weight : 1));
        let left = random() * weights.reduce((sum, each) => sum + each, 0);
        const chosen = sets.find((_, index) => {
          left -= weights[index] ?? 0;
          return left < 0;
        });
        const values = chosen?.content.kind === 'values' ? canonicalValues(type, chosen.content.values) : [];
        return { kind: 'answer', values, addresses: [] };
      }),
  };
  Object.assign(world.context, { provider, authority });
  return world;
}

let seed = 1;
/** Uniform from 0 to below 1, the same in every run (Park and Miller). */
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

function proofOf(world: () => FlipWorld): Proof {
  const ask: Ask = async (asked) =>
    asked.map(({ question }): Observation => {
      const address = question.kind === 'http' ? (question.manner?.connect ?? '') : '';
      const version = world().serves.get(address);
      if (version === undefined) return { kind: 'silent', problem: 'connection refused', milliseconds: 1 };
      return { kind: 'http', status: 200, headers: {}, body: JSON.stringify({ version }), milliseconds: 1 };
    });
  return {
    trials: [identityTrial('2')],
    patience: { attempts: 2, interval: 1_000, consecutive: 1, warmUp: 0 },
    negativeControl: true,
    scheme: 'https',
    port: 443,
    ask,
  };
}

function requestOf(proof: Proof): FlipRequest {
  return {
    zone: ZONE_ID,
    record: RECORD,
    type: 'CNAME',
    change: {
      kind: 'value',
      from: { kind: 'values', values: [BLUE] },
      to: { kind: 'values', values: [GREEN] },
    },
    maxTtl: 60,
    lowerTtlFirst: false,
    revertOnFailure: true,
    timeout: 30_000,
    verification: { kind: 'servers', proof },
  };
}

export function isAt(world: FlipWorld, value: string): boolean {
  const there = world.sets().find(({ name }) => name === `${RECORD}.`);
  return there !== undefined && holdsAll([there], [cname(value, ttlIn(there))]);
}

function ttlIn({ content }: RecordSet): number {
  return content.kind === 'alias' ? 60 : content.ttl;
}
