import * as sdk from '@aws-sdk/client-auto-scaling';
import type { Service } from '../wire/service.ts';
import { describeOperations } from './describe.ts';
import { createScalingGroup, type ScalingPlan } from './group.ts';
import { changeOperations } from './operations.ts';
import type { World } from './world.ts';

export interface AutoScalingOptions {
  readonly groups: readonly ScalingPlan[];
  readonly world: World;
  /** Milliseconds that an instance in service may be ill until it is marked unhealthy. */
  readonly unhealthyAfter: number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
}

export interface AutoScaling {
  readonly service: Service;
  /** Ends what is under way; the instances stay. */
  stop(): Promise<void>;
}

/** Starts Auto Scaling groups: each looks after its instances from now on. */
export function startAutoScaling({ groups: plans, ...options }: AutoScalingOptions): AutoScaling {
  const groups = plans.map((plan) => createScalingGroup({ plan, ...options }));
  return {
    service: {
      scope: 'autoscaling',
      sdk,
      operations: { ...describeOperations(groups), ...changeOperations(groups) },
    },
    stop: async () => {
      await Promise.all(groups.map((group) => group.stop()));
    },
  };
}
