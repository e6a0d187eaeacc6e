import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DeleteRuleOutput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { describeActions, readActions, type SingleForward } from './actions.ts';
import { ruleArn } from './arn.ts';
import { followListeners, requireUsable } from './attachments.ts';
import { describeConditions, readConditions } from './conditions.ts';
import type { ListenerRule } from './listener.ts';
import { findListener, type Listening, listenersOf } from './listener-operations.ts';
import { type Estate, page, required, select, visible } from './lookup.ts';

/** A rule with its listener. The default rule is the listener's default actions. */
interface Placed extends Listening {
  readonly arn: string;
  readonly rule: ListenerRule | 'default';
}

/** A rule that can be changed and deleted. */
interface Own extends Listening {
  readonly arn: string;
  readonly rule: ListenerRule;
}

/** The operations on the rules of listeners. */
export function ruleOperations(estate: Estate): Readonly<Record<string, Operation>> {
  const { singleForward } = estate;
  let made = 0;
  return {
    DescribeRules(input: DescribeRulesInput, call: Call): DescribeRulesOutput {
      const { items, marker } = page(selectRules(estate, call, input), input);
      return { Rules: items.map((each) => describe(each, singleForward)), ...marker };
    },

    CreateRule(input: CreateRuleInput, call: Call): CreateRuleOutput {
      const found = findListener(estate, call, input.ListenerArn);
      if (found.balancer.settings.type === 'network') {
        throw new WireError(
          'InvalidConfigurationRequest',
          'Listeners of network load balancers have no rules',
        );
      }
      const { arn, routes } = found.listener;
      const { rules } = routes.current();
      const priority = requireFree(required('priority', input.Priority), rules);
      const conditions = readConditions(required('conditions', input.Conditions));
      const steps = readActions(required('actions', input.Actions));
      requireUsable(steps, found.balancer, estate, call);
      made += 1;
      const id = made.toString(16).padStart(16, '0');
      const rule = { arn: ruleArn(arn, id), priority, conditions, steps };
      replaceRules(found, [...rules, rule], estate);
      return { Rules: [describe({ ...found, arn: rule.arn, rule }, singleForward)] };
    },

    ModifyRule(input: ModifyRuleInput, call: Call): ModifyRuleOutput {
      const { rule, ...found } = findRule(estate, call, input.RuleArn);
      const conditions = input.Conditions === undefined ? rule.conditions : readConditions(input.Conditions);
      const steps = input.Actions === undefined ? rule.steps : readActions(input.Actions);
      requireUsable(steps, found.balancer, estate, call);
      const changed = { ...rule, conditions, steps };
      const { rules } = found.listener.routes.current();
      replaceRules(found, [...rules.filter(({ arn }) => arn !== rule.arn), changed], estate);
      return { Rules: [describe({ ...found, rule: changed }, singleForward)] };
    },

    DeleteRule(input: DeleteRuleInput, call: Call): DeleteRuleOutput {
      const found = findRule(estate, call, input.RuleArn);
      const { rules } = found.listener.routes.current();
      replaceRules(
        found,
        rules.filter(({ arn }) => arn !== found.arn),
        estate,
      );
      return {};
    },
  };
}

function replaceRules({ listener }: Listening, rules: readonly ListenerRule[], estate: Estate): void {
  const sorted = rules.toSorted((one, other) => one.priority - other.priority);
  listener.routes.replace({ ...listener.routes.current(), rules: sorted });
  followListeners(estate);
}

/** As AWS lists them: by priority, the default rule last. */
function rulesOf(listening: Listening): readonly Placed[] {
  const { arn, routes } = listening.listener;
  const rules = routes.current().rules.map((rule) => ({ ...listening, arn: rule.arn, rule }));
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  return [...rules, { ...listening, arn: ruleArn(arn, id), rule: 'default' }];
}

function selectRules(estate: Estate, call: Call, input: DescribeRulesInput): readonly Placed[] {
  const { ListenerArn: listener, RuleArns: arns = [] } = input;
  if ((listener === undefined) === (arns.length === 0)) {
    throw new WireError('ValidationError', 'You must specify either listener rule ARNs or a listener ARN');
  }
  if (listener !== undefined) return rulesOf(findListener(estate, call, listener));
  const all = visible(estate.balancers, call).flatMap(listenersOf).flatMap(rulesOf);
  return select(all, arns, ({ arn }) => arn, { code: 'RuleNotFound', what: 'Rules' });
}

/** @throws WireError `RuleNotFound`, and `OperationNotPermitted` for the default rule */
function findRule(estate: Estate, call: Call, arn: string | undefined): Own {
  const [found] = selectRules(estate, call, { RuleArns: [required('ruleArn', arn)] });
  if (found !== undefined && found.rule !== 'default') return { ...found, rule: found.rule };
  throw new WireError('OperationNotPermitted', `Default rule '${arn}' cannot be modified`);
}

function requireFree(priority: number, rules: readonly ListenerRule[]): number {
  if (!Number.isInteger(priority) || priority < 1 || priority > 50_000) {
    throw new WireError('ValidationError', `Priority '${priority}' is invalid: expected 1 to 50000`);
  }
  if (rules.every((rule) => rule.priority !== priority)) return priority;
  throw new WireError('PriorityInUse', `Priority '${priority}' is currently in use`);
}

function describe({ arn, rule, listener }: Placed, form: SingleForward): Rule {
  const isDefault = rule === 'default';
  return {
    RuleArn: arn,
    Priority: isDefault ? 'default' : String(rule.priority),
    Conditions: isDefault ? [] : describeConditions(rule.conditions),
    Actions: describeActions(isDefault ? listener.routes.current().steps : rule.steps, form),
    IsDefault: isDefault,
  };
}
