import { createBackground } from './background.ts';
import { fewestIn, type Instance, type Member, missing, type Sizes } from './members.ts';
import { type AttachedPool, attach, type World } from './world.ts';

/** A group as the range starts with it. */
export interface ScalingPlan {
  readonly name: string;
  readonly region: string;
  readonly sizes: Sizes;
  readonly pools: readonly AttachedPool[];
  /** Instances that run and are registered already. */
  readonly instances: readonly Instance[];
}

export interface ScalingOptions {
  readonly plan: ScalingPlan;
  readonly world: World;
  /** Milliseconds that an instance in service may be ill until it is marked unhealthy. */
  readonly unhealthyAfter: number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
}

export const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;
export type Process = (typeof PROCESSES)[number];

/** An Auto Scaling group with the health check type ELB. */
export interface ScalingGroup {
  readonly plan: ScalingPlan;
  readonly created: Date;
  sizes: Sizes;
  /** Suspended processes and since when. */
  readonly suspended: Map<Process, Date>;
  /** Instances in the order in which they joined. */
  readonly members: readonly Member[];
  /**
   * Takes an instance out of its pools; it is in standby when the balancer shows it as draining no more.
   *
   * @param replaced whether another instance takes its place; it will be in the same zone
   */
  enterStandby(member: Member, replaced: boolean): void;
  exitStandby(member: Member): void;
  /**
   * Takes an instance out of its pools and, when it is drained, ends it.
   *
   * @param replaced whether another instance takes its place; it will be in the same zone
   */
  terminate(member: Member, replaced: boolean): void;
  stop(): Promise<void>;
}

/** Milliseconds between two looks of a group at its instances. */
const LOOK = 50;

export function createScalingGroup({ plan, world, unhealthyAfter, clock }: ScalingOptions): ScalingGroup {
  const members: Member[] = plan.instances.map((each) => newMember(each, 'InService'));
  const suspended: ScalingGroup['suspended'] = new Map();
  const pools = attach(plan.pools, world);
  const zones = [...new Set(plan.pools.flatMap((pool) => pool.zones))];
  const background = createBackground();
  /** Zones in which instances were lost; their replacements go there. */
  const vacancies: string[] = [];
  /** Zones of the instances that are being made and are no members yet. */
  const coming: string[] = [];

  const end = async (member: Member): Promise<void> => {
    member.busy = true;
    await world.terminate(member.id);
    members.splice(members.indexOf(member), 1);
  };

  const launch = async (zone: string): Promise<void> => {
    coming.push(zone);
    const instance = await world.create(zone).finally(() => coming.splice(coming.indexOf(zone), 1));
    const member = newMember(instance, 'Pending');
    members.push(member);
    try {
      await world.boot(member.id, background.signal);
    } catch (error) {
      await end(member);
      throw error;
    }
    if (!suspended.has('AddToLoadBalancer')) pools.join(member);
    member.busy = false;
  };

  const judge = (member: Member): void => {
    if (member.lifecycle !== 'InService' || !pools.isIll(member)) delete member.illSince;
    else {
      member.illSince ??= clock();
      if (clock() - member.illSince >= unhealthyAfter) member.health = 'Unhealthy';
    }
  };

  /** Ends what a member is in the middle of. */
  const advance = (member: Member): void => {
    if (member.busy) return;
    if (member.lifecycle === 'Pending') member.lifecycle = 'InService';
    if (pools.isDraining(member)) return;
    if (member.lifecycle === 'EnteringStandby') member.lifecycle = 'Standby';
    if (member.lifecycle === 'Terminating') background.run(`terminate ${member.id}`, () => end(member));
  };

  const look = (): void => {
    for (const member of [...members]) {
      advance(member);
      if (!suspended.has('HealthCheck')) judge(member);
      if (member.lifecycle !== 'InService' || member.health === 'Healthy') continue;
      if (!suspended.has('ReplaceUnhealthy') && !suspended.has('Terminate')) group.terminate(member, true);
    }
    // One that is being ended frees what its successor may need, such as a port of this machine.
    const isEnding = members.some(({ lifecycle, busy }) => lifecycle === 'Terminating' && busy);
    if (isEnding || suspended.has('Launch')) return;
    for (let count = missing(members, coming, group.sizes.desired); count > 0; count--) {
      const zone = vacancies.shift() ?? fewestIn(zones, members, coming);
      background.run(`launch an instance in ${zone}`, () => launch(zone));
    }
  };
  const timer = setInterval(look, LOOK);

  const group: ScalingGroup = {
    plan,
    created: new Date(),
    sizes: plan.sizes,
    suspended,
    members,
    enterStandby(member, replaced) {
      pools.leave(member);
      member.lifecycle = 'EnteringStandby';
      if (replaced) vacancies.push(member.zone);
    },
    exitStandby(member) {
      pools.join(member);
      member.lifecycle = 'Pending';
    },
    terminate(member, replaced) {
      pools.leave(member);
      member.lifecycle = 'Terminating';
      if (replaced) vacancies.push(member.zone);
    },
    async stop() {
      clearInterval(timer);
      await background.stop();
    },
  };
  return group;
}

function newMember(instance: Instance, lifecycle: 'Pending' | 'InService'): Member {
  return { ...instance, lifecycle, health: 'Healthy', busy: lifecycle === 'Pending' };
}
