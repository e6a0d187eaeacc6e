import { describe, expect, test } from '@jest/globals';
import type { Manner } from '../../../src/checks/question.ts';
import { PROBE_SCRIPT } from '../../../src/hosts/scripts/probe.ts';
import { type ProbeRequest, probe } from '../../../src/operations/ask/probe.ts';
import { PlatformError } from '../../../src/runner/errors.ts';
import { probed, setStage } from '../stage.ts';

function request(host: string, ...urls: readonly string[]): ProbeRequest {
  return { host, urls, patience: 1_500, limit: 2_500 };
}

describe('probe', () => {
  test('asks on each host for what it is to ask, with whole seconds of patience', async () => {
    const stage = setStage(({ host }) => probed(host, []));
    await probe(stage.context, [request('i-1', 'http://a/', 'http://b/'), request('i-2', 'http://c/')]);
    expect(stage.runs).toEqual([
      [
        {
          host: 'i-1',
          script: PROBE_SCRIPT,
          arguments: ['2', '2.500', 'GET', '', '', '', '', '', 'http://a/', 'http://b/'],
          timeout: 1_500 + 2 * 2_500 + 30_000,
          onCancel: 'stop',
        },
        {
          host: 'i-2',
          script: PROBE_SCRIPT,
          arguments: ['2', '2.500', 'GET', '', '', '', '', '', 'http://c/'],
          timeout: 1_500 + 2_500 + 30_000,
          onCancel: 'stop',
        },
      ],
    ]);
  });

  test('gives the answers of each request in its order', async () => {
    const stage = setStage(({ host }) =>
      probed(host, [
        { status: 200, milliseconds: 12, body: `ü of ${host}` },
        { status: 0, problem: 'timed out' },
        { status: 0 },
      ]),
    );
    const urls = ['http://a/', 'http://b/', 'http://c/'];
    const answers = await probe(stage.context, [request('i-1', ...urls), request('i-2', ...urls)]);
    expect(answers).toEqual(
      ['i-1', 'i-2'].map((host) => [
        {
          kind: 'answered',
          url: 'http://a/',
          status: 200,
          headers: {},
          milliseconds: 12,
          body: `ü of ${host}`,
        },
        { kind: 'silent', url: 'http://b/', problem: 'timed out', milliseconds: 5 },
        { kind: 'silent', url: 'http://c/', problem: 'no answer', milliseconds: 5 },
      ]),
    );
  });

  test('says so for an address of which nothing was reported', async () => {
    const stage = setStage(({ host }) => probed(host, [{ status: 200 }]));
    const [answers] = await probe(stage.context, [request('i-1', 'http://a/', 'http://b/')]);
    expect(answers?.[1]).toEqual({
      kind: 'silent',
      url: 'http://b/',
      problem: 'no answer was reported',
      milliseconds: 0,
    });
  });

  test('is silent for every address of a host that could not ask', async () => {
    const stage = setStage(({ host }) =>
      host === 'i-1'
        ? { host, outcome: 'lost', reason: 'its agent is gone' }
        : { host, outcome: 'failed', exitCode: 127, stdout: '', stderr: 'curl: not found\n' },
    );
    const requests = [request('i-1', 'http://a/', 'http://b/'), request('i-2', 'http://c/')];
    expect(await probe(stage.context, requests)).toEqual([
      [
        { kind: 'silent', url: 'http://a/', problem: 'its agent is gone', milliseconds: 0 },
        { kind: 'silent', url: 'http://b/', problem: 'its agent is gone', milliseconds: 0 },
      ],
      [{ kind: 'silent', url: 'http://c/', problem: 'exit code 127: curl: not found', milliseconds: 0 }],
    ]);
  });

  test('is silent when the transport forgot a host', async () => {
    const stage = setStage();
    const transport = { facts: async () => [], run: async () => [] };
    const answers = await probe({ ...stage.context, transport }, [request('i-1', 'http://a/')]);
    expect(answers).toEqual([
      [{ kind: 'silent', url: 'http://a/', problem: 'it was never asked', milliseconds: 0 }],
    ]);
  });

  test('asks in the manner it is told and reads the headers of the answer', async () => {
    const stage = setStage(({ host }) =>
      probed(host, [{ status: 200, headers: 'X-A: 1\r\nx-b: b: c\r\nx-a: 2\r\n\r\n' }]),
    );
    const manner: Manner = {
      method: 'POST',
      headers: { accept: 'a/b', 'x-empty': '' },
      body: 'the body',
      connect: '10.0.0.1',
      redirects: 'follow',
      tls: 'ignore',
    };
    const answers = await probe(stage.context, [{ ...request('i-1', 'http://web/'), manner }]);
    expect(stage.runs[0]?.[0]?.arguments.slice(2)).toEqual([
      'POST',
      'accept: a/b\nx-empty;',
      'the body',
      'web:80:10.0.0.1:80',
      '5',
      'ignore',
      'http://web/',
    ]);
    expect(answers).toMatchObject([[{ headers: { 'x-a': '1, 2', 'x-b': 'b: c' } }]]);
  });

  test('reads the headers of each of several answers', async () => {
    const stage = setStage(({ host }) =>
      probed(host, [
        { status: 200, headers: 'x-version: 1\r\n\r\n' },
        { status: 204, headers: 'x-version: 2\r\n\r\n' },
      ]),
    );
    const answers = await probe(stage.context, [request('i-1', 'http://a/', 'http://b/')]);
    expect(answers).toMatchObject([[{ headers: { 'x-version': '1' } }, { headers: { 'x-version': '2' } }]]);
  });

  test('does not take half a report for silence', async () => {
    const stage = setStage(({ host }) => ({
      host,
      outcome: 'done',
      stdout: '{"answers":[{"sta',
      stderr: '',
    }));
    await expect(probe(stage.context, [request('i-1', 'http://a/')])).rejects.toThrow(PlatformError);
  });
});
