import { describe, expect, test } from '@jest/globals';
import type { Asked, Question } from '../../../src/checks/question.ts';
import type { HostCommand, HostResult } from '../../../src/hosts/port.ts';
import { DNS_SCRIPT, TCP_SCRIPT, TLS_SCRIPT } from '../../../src/hosts/scripts/ask-network.ts';
import { askFromHosts } from '../../../src/operations/ask/ask-hosts.ts';
import { PlatformError } from '../../../src/runner/errors.ts';
import { setStage } from '../stage.ts';

const tcp = { kind: 'tcp', address: '[::1]', port: 25, listen: true } as const;
const tls = { kind: 'tls', address: '[::1]', port: 443, name: '[::1]' } as const;
const dns: Question = { kind: 'dns', record: 'a.test', type: 'A', server: '[2001:db8::53]:5353' };

function asked(question: Question, host = 'i-1'): Asked {
  return { host, limit: 2_500, question };
}

const said =
  (answer: object) =>
  ({ host }: HostCommand): HostResult => ({
    host,
    outcome: 'done',
    stdout: `${JSON.stringify(answer)}\n`,
    stderr: '',
  });

describe('askFromHosts', () => {
  test('asks of one kind together, and never more than 200 at once', async () => {
    let [open, most] = [0, 0];
    const sizes: number[] = [];
    const run = async (commands: readonly HostCommand[]) => {
      sizes.push(commands.length);
      open += commands.length;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= commands.length;
      return commands.map(said({ banner: '', milliseconds: 1 }));
    };
    const { context } = setStage();
    const ask = askFromHosts({ ...context, transport: { facts: async () => [], run } });
    const questions = Array.from({ length: 1_000 }, (_, host) => asked(tcp, `i-${host}`));
    expect(await ask(questions, context.signal)).toHaveLength(1_000);
    expect(sizes).toEqual([200, 200, 200, 200, 200]);
    const mixed: readonly Question[] = [tcp, { kind: 'command', directory: '/x', program: './x' }];
    sizes.length = 0;
    await ask(
      mixed.flatMap((question) => Array.from({ length: 150 }, () => asked(question))),
      context.signal,
    );
    expect(sizes).toEqual([50, 150, 100]);
    expect(most).toBe(200);
  });

  test('hands over what is asked as data', async () => {
    const stage = setStage(said({ problem: '', milliseconds: 1 }));
    const ask = askFromHosts(stage.context);
    const named: Question = { ...tls, name: 'shop.test', address: '10.0.0.1' };
    const mail: Question = { kind: 'dns', record: 'b.test', type: 'MX' };
    const questions: readonly Question[] = [tcp, { ...tcp, listen: false }, tls, named, dns, mail];
    await ask(
      questions.map((question) => asked(question)),
      stage.context.signal,
    );
    expect(stage.runs).toHaveLength(1);
    expect(stage.runs[0]?.map((command) => [command.script, command.arguments, command.timeout])).toEqual([
      [TCP_SCRIPT, ['2.500', '::1', '25', 'listen'], 32_500],
      [TCP_SCRIPT, ['2.500', '::1', '25', ''], 32_500],
      [TLS_SCRIPT, ['2.500', '[::1]:443', 'ip', '::1'], 32_500],
      [TLS_SCRIPT, ['2.500', '10.0.0.1:443', 'name', 'shop.test'], 32_500],
      [DNS_SCRIPT, ['2.500', 'a.test', 'A', '2001:db8::53', '5353'], 32_500],
      [DNS_SCRIPT, ['2.500', 'b.test', 'MX', '', ''], 32_500],
    ]);
  });

  test('is silent for a host that could not be asked, and names a tool that is missing', async () => {
    const ask = async (result: (command: HostCommand) => HostResult) => {
      const stage = setStage(result);
      return askFromHosts(stage.context)([asked(tls)], stage.context.signal);
    };
    expect(await ask(({ host }) => ({ host, outcome: 'lost', reason: 'its agent is gone' }))).toEqual([
      { kind: 'silent', problem: 'its agent is gone', milliseconds: 0 },
    ]);
    const problem = Buffer.from('openssl is not installed').toString('base64');
    expect(await ask(said({ problem, milliseconds: 3 }))).toEqual([
      { kind: 'silent', problem: 'openssl is not installed on i-1', milliseconds: 3 },
    ]);
    await expect(ask(({ host }) => ({ host, outcome: 'done', stdout: '{"ver', stderr: '' }))).rejects.toThrow(
      PlatformError,
    );
  });

  test('is silent when the transport forgot a host', async () => {
    const { context } = setStage();
    const transport = { facts: async () => [], run: async () => [] };
    const silent = { kind: 'silent', problem: 'it was never asked', milliseconds: 0 };
    expect(await askFromHosts({ ...context, transport })([asked(tcp)], context.signal)).toEqual([silent]);
  });
});
