import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runStep, type Step, type StepResult } from '../../src/rehearsal/runner.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(script: string, changes: Partial<Step> = {}): Promise<StepResult> {
  const bundle = join(folder, 'index.mjs');
  await writeFile(bundle, `import { appendFileSync } from 'node:fs';\n${script}`);
  return runStep({
    ...{ bundle, inputs: {}, environment: {}, folder: join(folder, 'step'), repository: 'a/b', runId: '7' },
    onLine: () => {},
    signal: new AbortController().signal,
    patience: { interrupt: 200, terminate: 200 },
    ...changes,
  });
}

/** Cancels the step as soon as it says that it is ready. */
function cancelWhenReady(): Pick<Step, 'onLine' | 'signal'> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onLine: (line) => {
      if (line === 'ready') controller.abort(new Error('stop'));
    },
  };
}

const STAY = "setInterval(() => {}, 1000); console.log('ready');";

describe('a step', () => {
  test('gets its inputs, the range, and a clean environment and workspace', async () => {
    process.env['LEAKED_SECRET'] = 'x';
    const result = await run(
      `const seen = JSON.stringify({ ...process.env, cwd: process.cwd() });
       appendFileSync(process.env.GITHUB_OUTPUT, 'seen<<E\\n' + seen + '\\nE\\n');`,
      { inputs: { 'min-healthy': '50%' }, environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } },
    );
    delete process.env['LEAKED_SECRET'];
    const seen: Record<string, string> = JSON.parse(result.outputs['seen'] ?? '');
    expect(seen).toMatchObject({
      'INPUT_MIN-HEALTHY': '50%',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'a/b',
      GITHUB_RUN_ID: '7',
      cwd: join(folder, 'step', 'workspace'),
    });
    expect(seen).not.toHaveProperty('LEAKED_SECRET');
    expect(result).toMatchObject({ exitCode: 0, signal: null, cancelled: false, annotations: [] });
  });

  test('gives back outputs, state, summary and annotations', async () => {
    const lines: string[] = [];
    const result = await run(
      `appendFileSync(process.env.GITHUB_OUTPUT, 'results<<E\\n[1,\\n2]\\nE\\n');
       appendFileSync(process.env.GITHUB_STATE, 'resume=yes\\n');
       appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# Done\\n');
       console.log('working');
       console.log('::error title=Floor::5 of 6%0Aleft');
       console.error('::warning::slow');
       process.exitCode = 1;`,
      { onLine: (line) => lines.push(line) },
    );
    expect(result).toMatchObject({
      exitCode: 1,
      outputs: { results: '[1,\n2]' },
      state: { resume: 'yes' },
      summary: '# Done\n',
      annotations: expect.arrayContaining([
        { level: 'error', title: 'Floor', message: '5 of 6\nleft' },
        { level: 'warning', message: 'slow' },
      ]),
    });
    expect(lines).toContain('working');
  });
});

describe('a cancelled step', () => {
  test('gets SIGINT and may end by itself', async () => {
    const result = await run(`process.on('SIGINT', () => process.exit(3)); ${STAY}`, cancelWhenReady());
    expect(result).toMatchObject({ exitCode: 3, cancelled: true });
  });

  test('gets SIGTERM when it ignores SIGINT', async () => {
    const script = `process.on('SIGINT', () => console.log('no')); process.on('SIGTERM', () => process.exit(4)); ${STAY}`;
    expect(await run(script, cancelWhenReady())).toMatchObject({ exitCode: 4, cancelled: true });
  });

  test('is killed when it ignores both', async () => {
    const script = `process.on('SIGINT', () => {}); process.on('SIGTERM', () => {}); ${STAY}`;
    expect(await run(script, cancelWhenReady())).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  test('takes its children along', async () => {
    const script = `import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      appendFileSync(process.env.GITHUB_OUTPUT, 'child=' + child.pid + '\\n');
      process.on('SIGINT', () => process.exit(1)); ${STAY}`;
    const { outputs } = await run(script, cancelWhenReady());
    const pid = Number(outputs['child']);
    const gone = () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    const limit = Date.now() + 5_000;
    while (!gone() && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(gone()).toBe(true);
  });

  test('that was cancelled before it began ends too', async () => {
    const result = await run(STAY, { signal: AbortSignal.abort(new Error('stop')) });
    expect(result).toMatchObject({ signal: 'SIGINT', cancelled: true });
  });
});
