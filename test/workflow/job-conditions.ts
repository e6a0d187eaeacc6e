import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** How a job ended, as `needs.<job>.result` has it. */
export type Result = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface Job {
  readonly if?: string;
  readonly needs?: readonly string[];
}

export interface Course {
  readonly jobs: Readonly<Record<string, Job>>;
  /** How a job ends when it runs; `success` where nothing is said. */
  readonly ends: Readonly<Record<string, Result>>;
  /** Outputs by job. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether somebody cancels the run before this job. */
  readonly cancelledBefore?: string;
}

/** Goes through the jobs of a workflow in their order as GitHub does, whose own library asks the conditions. */
export function course({ jobs, ends, outputs, cancelledBefore }: Course): Readonly<Record<string, Result>> {
  const results: Record<string, Result> = {};
  const ancestors = (job: string): readonly string[] =>
    (jobs[job]?.needs ?? []).flatMap((each) => [each, ...ancestors(each)]);
  let cancelled = false;
  for (const [name, job] of Object.entries(jobs)) {
    cancelled ||= name === cancelledBefore;
    const before = ancestors(name).map((each) => results[each]);
    const holds = asked(withStatus(job.if ?? 'true'), {
      needs: (job.needs ?? []).map((each) => ({
        name: each,
        result: results[each] ?? 'skipped',
        outputs: outputs[each] ?? {},
      })),
      failure: before.includes('failure'),
      success: before.every((result) => result === 'success'),
      cancelled,
      always: true,
    });
    results[name] = holds ? (ends[name] ?? 'success') : 'skipped';
  }
  return results;
}

/** What GitHub makes of a condition that does not ask for the status. */
function withStatus(condition: string): string {
  const inner = condition.trim().replace(/^\$\{\{(.*)\}\}$/s, '$1');
  return /\b(?:success|failure|cancelled|always)\(/.test(inner) ? inner : `success() && (${inner})`;
}

interface Context {
  readonly needs: readonly {
    readonly name: string;
    readonly result: Result;
    readonly outputs: Readonly<Record<string, string>>;
  }[];
  readonly failure: boolean;
  readonly success: boolean;
  readonly cancelled: boolean;
  readonly always: boolean;
}

function asked(condition: string, { needs, ...status }: Context): boolean {
  const functions = Object.entries(status).map(([name, value]) => ({
    ...{ name, minArgs: 0, maxArgs: 0 },
    call: () => new data.BooleanData(value),
  }));
  const { tokens } = new Lexer(condition).lex();
  const expression = new Parser(tokens, ['needs'], functions).parse();
  const dictionary = (entries: Readonly<Record<string, data.ExpressionData>>) =>
    new data.Dictionary(...Object.entries(entries).map(([key, value]) => ({ key, value })));
  const texts = (entries: Readonly<Record<string, string>>) =>
    dictionary(
      Object.fromEntries(Object.entries(entries).map(([key, text]) => [key, new data.StringData(text)])),
    );
  const jobs = needs.map(({ name, result, outputs }) => [
    name,
    dictionary({ result: new data.StringData(result), outputs: texts(outputs) }),
  ]);
  const context = dictionary({ needs: dictionary(Object.fromEntries(jobs)) });
  const known = new Map(functions.map((each) => [each.name, each]));
  return new Evaluator(expression, context, known).evaluate().coerceString() === 'true';
}
