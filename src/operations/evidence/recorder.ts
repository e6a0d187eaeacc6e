import { withoutSecrets } from '../../artifacts/locate.ts';
import type { ArtifactSource } from '../../artifacts/port.ts';
import type { Balancer, TargetKey } from '../../balancers/port.ts';
import type { Json } from '../../evidence/document.ts';
import { packTargets } from '../../evidence/targets.ts';
import type { Identity } from '../../fleet/fleet.ts';
import type { Transport } from '../../hosts/port.ts';
import type { Scaling } from '../../hosts/scaling.ts';
import type { Alarms } from '../../signals/port.ts';
import type { Clock, RegionContext } from '../context.ts';
import type { Asked, EvidenceLog } from './log.ts';
import { safe, safeText } from './safe.ts';
import { describeCommand, describeResult } from './scripts.ts';

/** Where calls are noted, and what is needed to note them. */
interface Recorder {
  readonly log: EvidenceLog;
  readonly clock: Clock;
}

/**
 * The same surroundings, with every look and every change through a port noted in the log: no operation has to remember to.
 * The signed URLs of archives are not noted.
 *
 * @param identity how processes prove their release: only those answers of hosts are kept whole
 */
export function recorded(context: RegionContext, log: EvidenceLog, identity?: Identity): RegionContext {
  const recorder = { log, clock: context.clock };
  return {
    ...context,
    balancer: recordedBalancer(context.balancer, recorder),
    scaling: recordedScaling(context.scaling, recorder),
    transport: recordedTransport(context.transport, recorder, identity),
    alarms: recordedAlarms(context.alarms, recorder),
    artifacts: recordedArtifacts(context.artifacts, recorder),
  };
}

async function noted<T>(
  { log, clock }: Recorder,
  asked: Asked,
  work: () => Promise<T>,
  answer: (value: T) => Json,
): Promise<T> {
  const tell = log.ask(asked, clock.now());
  try {
    const value = await work();
    tell({ answer: answer(value) }, clock.now());
    return value;
  } catch (error) {
    tell({ error: safeText(error instanceof Error ? error.message : String(error)) }, clock.now());
    throw error;
  }
}

function recordedBalancer(balancer: Balancer, recorder: Recorder): Balancer {
  const look = (call: string, subject: string): Asked => {
    return { kind: 'observation', port: 'balancer', call, subject, given: null };
  };
  const change = (call: string, subject: string, targets: readonly TargetKey[]): Asked => {
    const given = targets.map(({ id, port }) => `${id}:${port}`);
    return { kind: 'mutation', port: 'balancer', call, subject, given };
  };
  return {
    settings: (pool) => noted(recorder, look('settings', pool), () => balancer.settings(pool), safe),
    siblings: (pool) => noted(recorder, look('siblings', pool), () => balancer.siblings(pool), safe),
    targets: (pool) => noted(recorder, look('targets', pool), () => balancer.targets(pool), packTargets),
    deregister: (pool, targets) =>
      noted(
        recorder,
        change('deregister', pool, targets),
        () => balancer.deregister(pool, targets),
        accepted,
      ),
    register: (pool, targets) =>
      noted(recorder, change('register', pool, targets), () => balancer.register(pool, targets), accepted),
  };
}

function recordedScaling(scaling: Scaling, recorder: Recorder): Scaling {
  const change = (call: string, subject: string, given: Json, work: () => Promise<void>): Promise<void> =>
    noted(recorder, { kind: 'mutation', port: 'scaling', call, subject, given }, work, accepted);
  const look = (call: string, subject: string, given: Json): Asked => {
    return { kind: 'observation', port: 'scaling', call, subject, given };
  };
  return {
    members: (hosts) =>
      noted(recorder, look('members', hosts.join(' '), hosts), () => scaling.members(hosts), safe),
    group: (name) => noted(recorder, look('group', name, null), () => scaling.group(name), safe),
    enterStandby: (group, hosts) =>
      change('enterStandby', group, hosts, () => scaling.enterStandby(group, hosts)),
    exitStandby: (group, hosts) =>
      change('exitStandby', group, hosts, () => scaling.exitStandby(group, hosts)),
    setMinSize: (group, size) => change('setMinSize', group, size, () => scaling.setMinSize(group, size)),
    setDesired: (group, size) => change('setDesired', group, size, () => scaling.setDesired(group, size)),
    suspend: (group, processes) =>
      change('suspend', group, processes, () => scaling.suspend(group, processes)),
    resume: (group, processes) => change('resume', group, processes, () => scaling.resume(group, processes)),
    setHealthy: (host) => change('setHealthy', host, null, () => scaling.setHealthy(host)),
    terminate: (host) => change('terminate', host, null, () => scaling.terminate(host)),
  };
}

/** Each command is an entry of its own; all of them end when the transport has all results. */
function recordedTransport(
  transport: Transport,
  { log, clock }: Recorder,
  identity: Identity | undefined,
): Transport {
  return {
    facts: (hosts) => transport.facts(hosts),
    run: async (commands, signal) => {
      const now = clock.now();
      const asked = commands.map((command) => {
        const { kind, call, given } = describeCommand(command);
        return log.ask({ kind, port: 'transport', call, subject: command.host, given }, now);
      });
      try {
        const results = await transport.run(commands, signal);
        for (const [index, command] of commands.entries()) {
          const result = results[index];
          const came =
            result === undefined
              ? { error: 'no result' }
              : { answer: describeResult(command, result, identity) };
          asked[index]?.(came, clock.now());
        }
        return results;
      } catch (error) {
        const problem = safeText(error instanceof Error ? error.message : String(error));
        for (const tell of asked) tell({ error: problem }, clock.now());
        throw error;
      }
    },
  };
}

function recordedAlarms(alarms: Alarms, recorder: Recorder): Alarms {
  return {
    read: (names, signal) => {
      const asked = {
        kind: 'observation',
        port: 'alarms',
        call: 'read',
        subject: names.join(' '),
        given: names,
      } as const;
      return noted(recorder, asked, () => alarms.read(names, signal), safe);
    },
  };
}

function recordedArtifacts(artifacts: ArtifactSource, recorder: Recorder): ArtifactSource {
  return {
    find: (location, sha256) => {
      const subject = withoutSecrets(location);
      const asked = {
        kind: 'observation',
        port: 'artifacts',
        call: 'find',
        subject,
        given: sha256 ?? null,
      } as const;
      return noted(
        recorder,
        asked,
        () => artifacts.find(location, sha256),
        (found) => safe({ ...found, location: subject }),
      );
    },
    url: (artifact, lifetime) => artifacts.url(artifact, lifetime),
  };
}

function accepted(): Json {
  return 'accepted';
}
