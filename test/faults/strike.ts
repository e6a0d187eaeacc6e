import { setTimeout as sleep } from 'node:timers/promises';
import { A1, A2 } from '../e2e/test-range.ts';
import type { Protocol } from './calls.ts';
import type { Disturb, MadeCall, WaitingCall } from './gateway.ts';
import { EVERY, type Fault } from './points.ts';
import { refusal } from './refusals.ts';

/** What a strike does to the bundle and around it. */
export interface Hands {
  /** Resolves when its process is gone. */
  kill(): Promise<void>;
  cancel(): void;
  freeze(): void;
  thaw(): void;
  /** Another run takes the lease. */
  takeOver(): Promise<void>;
  /** The service of a host dies for good. */
  die(host: string): Promise<void>;
  /** The same is begun by another run. */
  rival(): Promise<void>;
}

/** A fault that is about to happen. */
export interface Strike {
  readonly disturb: Disturb;
  /** Calls at which it has happened. */
  struck(): readonly MadeCall[];
  /** Why it could not be done as it should. */
  problems(): readonly string[];
}

/**
 * Milliseconds for which a process stands still: longer than the SDK waits for the answer to a call, which it finds out first
 * when it goes on, and than an answer of the ledger is believed.
 */
const STILL: Readonly<Record<Protocol, number>> = { json: 31_000, query: 11_000, s3: 11_000 };

export function strikeOf(fault: Fault, hands: Hands): Strike {
  const struck: MadeCall[] = [];
  const problems: string[] = [];
  return {
    disturb: (call) => {
      if (!isAt(fault, call, struck)) return undefined;
      struck.push(call);
      return async (waiting) => {
        try {
          await strike(fault, waiting, hands);
        } catch (error) {
          problems.push(`the fault was not made: ${error instanceof Error ? error.stack : String(error)}`);
          throw error;
        }
      };
    },
    struck: () => struck,
    problems: () => problems,
  };
}

function isAt({ kind, operation, ordinal }: Fault, call: MadeCall, struck: readonly MadeCall[]): boolean {
  if (operation.endsWith(EVERY)) {
    if (!call.operation.startsWith(operation.slice(0, -EVERY.length))) return false;
    // A conditional write of which the answer is lost is refused when the SDK repeats it, and then made anew.
    const instead = kind === 'answer-lost' && call.protocol === 's3' ? 2 : 1;
    const before = (each: MadeCall) =>
      each.operation === call.operation && each.ordinal >= call.ordinal - instead;
    // Whoever waits for each call until it gives up would wait for ever.
    return call.mutating && kind !== 'hang' ? !struck.some(before) : call.ordinal === 1;
  }
  if (call.operation !== operation) return false;
  return kind.endsWith('-all') ? call.ordinal >= ordinal : call.ordinal === ordinal;
}

async function strike({ kind }: Fault, waiting: WaitingCall, hands: Hands): Promise<void> {
  const { call, forward, answer } = waiting;
  switch (kind) {
    case 'kill-before':
      return hands.kill();
    case 'kill-after':
    case 'abandon':
      await forward();
      return hands.kill();
    case 'interrupt':
      hands.cancel();
      return answer(await forward());
    case 'freeze':
      hands.freeze();
      answer(await forward());
      await hands.takeOver();
      await sleep(STILL[call.protocol]);
      return hands.thaw();
    case 'lease-taken': {
      const given = await forward();
      await hands.takeOver();
      return answer(given);
    }
    case 'host-dies':
    case 'sister-dies':
      await hands.die(hostOf(kind, call));
      return answer(await forward());
    case 'throttle':
    case 'throttle-all':
      return answer(refusal(call.protocol, 'throttled'));
    case 'error-500':
    case 'error-500-all':
      return answer(refusal(call.protocol, 'failed'));
    case 'deny':
      return answer(refusal(call.protocol, 'denied'));
    case 'answer-lost':
      await forward();
      return waiting.drop();
    case 'hang':
      return waiting.givenUp();
    case 'rival':
    case 'rival-waits':
      await hands.rival();
      return answer(await forward());
  }
}

function hostOf(kind: 'host-dies' | 'sister-dies', { operation, hosts }: MadeCall): string {
  const [named] = hosts;
  if (named === undefined) throw new Error(`${operation} names no host that could die.`);
  if (kind === 'host-dies') return named;
  return named === A1 ? A2 : A1;
}
