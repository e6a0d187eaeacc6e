import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { WireError } from '../wire/service.ts';

/** What a request must be so that a rule is for it: one of the values fits. */
export interface Condition {
  readonly field: 'path-pattern' | 'host-header';
  /** `*` stands for any characters, `?` for one. */
  readonly values: readonly string[];
}

/** What conditions look at. */
export interface Asked {
  /** Without the query. */
  readonly path: string;
  /** Without the port. */
  readonly host: string;
}

/**
 * Reads the conditions of a rule.
 *
 * @throws WireError `InvalidConfigurationRequest` for a field that the range does not model
 */
export function readConditions(conditions: readonly RuleCondition[]): readonly Condition[] {
  if (conditions.length === 0) throw new WireError('ValidationError', 'A condition must be specified');
  return conditions.map(({ Field: field, Values, PathPatternConfig: path, HostHeaderConfig: host }) => {
    if (field !== 'path-pattern' && field !== 'host-header') {
      throw new WireError(
        'InvalidConfigurationRequest',
        `The range does not model conditions on '${field}', only path-pattern and host-header`,
      );
    }
    const values = (field === 'path-pattern' ? path?.Values : host?.Values) ?? Values ?? [];
    if (values.length > 0) return { field, values };
    throw new WireError('ValidationError', `A condition value must be specified for '${field}'`);
  });
}

/** The conditions as `DescribeRules` shows them. */
export function describeConditions(conditions: readonly Condition[]): RuleCondition[] {
  return conditions.map(({ field, values }) => ({
    Field: field,
    Values: [...values],
    ...(field === 'path-pattern'
      ? { PathPatternConfig: { Values: [...values] } }
      : { HostHeaderConfig: { Values: [...values] } }),
  }));
}

/** Whether every condition holds. Paths are compared with their case, hosts without. */
export function holds(conditions: readonly Condition[], { path, host }: Asked): boolean {
  return conditions.every(({ field, values }) =>
    values.some((value) =>
      field === 'path-pattern' ? fits(value, path) : fits(value.toLowerCase(), host.toLowerCase()),
    ),
  );
}

function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
