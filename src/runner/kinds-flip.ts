import { alarmNameProblems } from '../signals/judge.ts';
import { duration, type Kind, targetGroups } from './kinds.ts';

const WRONG = { wrong: true } as const;

const PLACE = 'arn:aws[a-z-]*:elasticloadbalancing:[a-z]{2}(?:-[a-z]+)+-\\d:\\d{12}';
/** Kind of load balancer, its name and id, and the listener's id. */
const PATH = '(?:app|net|gwy)/[0-9A-Za-z-]{1,32}/[0-9a-f]{16}/[0-9a-f]{16}';

/** ARN of a listener of a load balancer. */
export function listener(): Kind<string> {
  return {
    expected: 'the ARN of a listener',
    example:
      'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/0123456789abcdef/0123456789abcdef',
    parse: matching(new RegExp(`^${PLACE}:listener/${PATH}$`)),
  };
}

/** ARN of a rule of a listener. */
export function listenerRule(): Kind<string> {
  return {
    expected: 'the ARN of a rule of a listener',
    example:
      'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/web/0123456789abcdef/' +
      '0123456789abcdef/0123456789abcdef',
    parse: matching(new RegExp(`^${PLACE}:listener-rule/${PATH}/[0-9a-f]{16}$`)),
  };
}

/** ARN of one target group. */
export function targetGroup(): Kind<string> {
  const several = targetGroups();
  return {
    expected: 'the ARN of a target group',
    example: several.example,
    parse(value) {
      const parsed = several.parse(value);
      const [only, ...others] = 'value' in parsed ? parsed.value : [];
      return only === undefined || others.length > 0 ? WRONG : { value: only };
    },
  };
}

/** Shares in the order in which they are given to the new side: whole percentages that rise to 100. */
export function shares(): Kind<readonly number[]> {
  return {
    expected: 'rising whole percentages from 1% on, with commas between, the last one 100%',
    example: '10%, 50%, 100%',
    parse(value) {
      const written = entriesOf(value);
      const percents = written.map((each) => (/^[1-9]\d{0,2}%$/.test(each) ? Number.parseInt(each, 10) : 0));
      const odd = written.find((_, index) => !((percents[index] ?? 0) > (percents[index - 1] ?? 0)));
      if (odd !== undefined) return { wrong: true, because: `${JSON.stringify(odd)} is not one that rises` };
      return percents.at(-1) === 100
        ? { value: percents }
        : { wrong: true, because: 'it does not end with 100%' };
    },
  };
}

/** One duration in milliseconds, or several with commas between. */
export function durations(): Kind<readonly number[]> {
  const one = duration();
  return {
    expected: `one, or several with commas between: ${one.expected}`,
    example: '2m, 5m, 10m',
    parse(value) {
      const parsed = entriesOf(value).map((each) => one.parse(each));
      const good = parsed.flatMap((each) => ('value' in each ? [each.value] : []));
      return good.length > 0 && good.length === parsed.length ? { value: good } : WRONG;
    },
  };
}

/** Where users reach a service. What holds more may hold a secret. */
export function entrance(): Kind<string> {
  return {
    expected: 'an http or https URL without credentials, path and query',
    example: 'https://shop.example.com',
    parse(value) {
      const isBare = /^https?:\/\/[A-Za-z0-9.:-]+\/?$/.test(value) && URL.canParse(value);
      if (isBare) return { value: value.replace(/\/$/, '') };
      return /[@?]/.test(value)
        ? { wrong: true, because: 'it holds more than a place', secret: true }
        : WRONG;
    },
  };
}

/** Names of alarms, one per line: a name may hold commas. */
export function alarmNames(): Kind<readonly string[]> {
  return {
    expected: 'names of alarms, one per line',
    example: 'web-5xx',
    parse(value) {
      const names = value
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
      const problems = alarmNameProblems(names);
      return problems.length === 0 ? { value: names } : { wrong: true, because: problems.join('; ') };
    },
  };
}

function entriesOf(value: string): readonly string[] {
  return value.split(/[,\n]/).map((each) => each.trim());
}

function matching(pattern: RegExp): Kind<string>['parse'] {
  return (value) => (pattern.test(value) ? { value } : WRONG);
}
