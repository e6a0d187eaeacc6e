import { writeFile } from 'node:fs/promises';
import { CancelledError, UserError } from '../src/runner/errors.ts';
import { parseSoakArguments, SOAK_HELP } from './soak-options.ts';
import { type SoakFigures, soak } from './soak-run.ts';

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { help, jsonFile, ...options } = parseSoakArguments(process.argv.slice(2));
  if (help) {
    console.log(SOAK_HELP);
    return 0;
  }
  const leaving = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => leaving.abort(new CancelledError(`Stopped by ${signal}.`)));
  }
  console.log(
    `${options.drains} drains and restores, ${options.kind} balancer, transport ${options.transport}, ` +
      `throttling ${options.throttling ? 'on' : 'off'}, seed ${options.seed}`,
  );
  const figures = await soak(options, (text) => console.log(text), leaving.signal);
  console.log(`\n${table(figures)}`);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(figures, undefined, 2)}\n`);
  if (leaving.signal.aborted) return 130;
  return figures.failed === 0 && figures.problem === undefined ? 0 : 1;
}

function table(figures: SoakFigures): string {
  const rows = [
    ['drains', figures.drained],
    ['restores', figures.restored],
    ['restarts', figures.restarted],
    ['said it waits for the delay', figures.fallbacks],
    ['refused to the neighbour', figures.refusedToNeighbour],
    ['requests', figures.requests],
    ['failed', figures.failed],
    ['largest gap', `${figures.largestGap} ms`],
    ['duration', `${figures.seconds.toFixed(1)} s`],
    ...Object.entries(figures.calls).toSorted(([, one], [, other]) => other - one),
  ] as const;
  const failures = figures.failures.map(
    ({ at, connection, reason, host, during }) =>
      `failed at ${at.toFixed(3)} s (${connection}): ${reason}; ${host ?? 'no host named'}; ${during}`,
  );
  return [
    ...rows.map(([name, value]) => `${name.padEnd(36)} ${value}`),
    ...failures,
    ...(figures.problem === undefined ? [] : [figures.problem]),
  ].join('\n');
}
