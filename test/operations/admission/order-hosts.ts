import type { ReleaseKey } from '../../../src/ledger/document.ts';
import { digestOf } from '../fake-host.ts';
import type { World } from '../world.ts';
import { hostsOf } from '../zone.ts';
import { install } from './stage.ts';

/** Three zones of two hosts each. */
export const NAMES = ['a', 'b', 'c'] as const;
export const HOSTS = NAMES.flatMap((name) => hostsOf(name));
export const DAY = 86_400_000;

/** What goes wrong with a host. */
export interface Spoiling {
  readonly host: number;
  readonly how: 'other version' | 'other bytes' | 'old process' | 'sick';
}

export function spoil(world: World, { host: index, how }: Spoiling): void {
  const host = world.host(HOSTS[index] ?? '');
  switch (how) {
    case 'other version':
      install(world, [host.id], releaseOf('1.0.5', 1));
      return;
    case 'other bytes':
      install(world, [host.id], { version: host.current, sha256: 'f'.repeat(64), ordinal: 1 });
      return;
    case 'old process':
      if (host.process !== undefined) host.process = { ...host.process, startedAt: world.now() - DAY };
      return;
    case 'sick':
      host.sick = true;
  }
}

/** Whether a host really serves a release, whatever it says. */
export function proves(
  world: World,
  id: string,
  { version, sha256 }: Pick<ReleaseKey, 'version' | 'sha256'>,
): boolean {
  const { current, installed, process, sick, switchedAt } = world.host(id);
  return (
    current === version &&
    installed.get(current) === sha256 &&
    process?.version === version &&
    process.sha256 === sha256 &&
    Math.floor(process.startedAt / 1_000) >= (switchedAt ?? Number.POSITIVE_INFINITY) &&
    !sick &&
    world.inService('web').some((each) => each.id === id)
  );
}

/** A published release. */
export function releaseOf(version: string, ordinal: number): ReleaseKey {
  return { version, sha256: digestOf(version), ordinal };
}
