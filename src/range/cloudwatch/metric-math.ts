import { WireError } from '../wire/service.ts';

type Series = ReadonlyMap<number, number>;
/** The value at a time; none where a metric it needs has no datapoint. */
type Term = (at: number) => number | undefined;
type Join = (one: number, other: number) => number;

const OPERATORS: readonly Readonly<Record<string, Join>>[] = [
  { '+': (one, other) => one + other, '-': (one, other) => one - other },
  { '*': (one, other) => one * other, '/': (one, other) => one / other },
];

/**
 * Metric math of numbers, ids, `+ - * / ( )` and `FILL(id, number)`. There is a datapoint wherever one of the metrics has one
 * and nothing that it needs is missing.
 *
 * @throws WireError for anything else
 */
export function evaluateMath(expression: string, series: ReadonlyMap<string, Series>): Series {
  const tokens = expression.match(/FILL|[a-z]\w*|\d+(?:\.\d+)?|[-+*/(),]|\S/g) ?? [];
  const used = tokens.filter((token) => series.has(token));
  const refuse = (): WireError =>
    new WireError('ValidationException', `The range does not model the expression ${expression}`);
  let next = 0;
  const take = (expected?: string): string => {
    const token = tokens[next] ?? '';
    if (expected !== undefined && token !== expected) throw refuse();
    next += 1;
    return token;
  };
  const metric = (): Term => {
    const points = series.get(take());
    if (points === undefined) throw refuse();
    return (at) => points.get(at);
  };
  const factor = (): Term => {
    const token = tokens[next] ?? '';
    if (/^\d/.test(token)) {
      const value = Number(take());
      return () => value;
    }
    if (token !== '(' && token !== 'FILL') return metric();
    take();
    if (token === '(') {
      const inner = level(0);
      take(')');
      return inner;
    }
    take('(');
    const filled = metric();
    take(',');
    const missing = Number(take());
    take(')');
    return (at) => filled(at) ?? missing;
  };
  const level = (depth: number): Term => {
    const operators = OPERATORS[depth];
    if (operators === undefined) return factor();
    let term = level(depth + 1);
    for (let join = operators[tokens[next] ?? '']; join !== undefined; join = operators[tokens[next] ?? '']) {
      take();
      term = joined(join, term, level(depth + 1));
    }
    return term;
  };
  const whole = level(0);
  if (next !== tokens.length) throw refuse();
  const times = new Set(used.flatMap((id) => [...(series.get(id)?.keys() ?? [])]));
  return new Map(
    [...times].flatMap((at): readonly (readonly [number, number])[] => {
      const value = whole(at);
      return value === undefined || !Number.isFinite(value) ? [] : [[at, value]];
    }),
  );
}

function joined(join: Join, one: Term, other: Term): Term {
  return (at) => {
    const [left, right] = [one(at), other(at)];
    return left === undefined || right === undefined ? undefined : join(left, right);
  };
}
