import { describe, expect, test } from '@jest/globals';
import type { Manner } from '../../../src/checks/question.ts';
import type { HostResult } from '../../../src/hosts/port.ts';
import { REPEAT_SCRIPT } from '../../../src/hosts/scripts/repeat.ts';
import { type RepeatRequest, repeatFromHosts } from '../../../src/operations/ask/repeat.ts';
import { PlatformError } from '../../../src/runner/errors.ts';
import { setStage } from '../stage.ts';

function request(host: string, times = 2, manner?: Manner): RepeatRequest {
  const url = 'https://shop.example/version';
  const question = { kind: 'repeated', url, times, wanted: ['x-host', 'x-version'] } as const;
  return { host, limit: 2_500, question: { ...question, ...(manner && { manner }) } };
}

function reported(host: string, answers: readonly Readonly<Record<string, unknown>>[]): HostResult {
  return { host, outcome: 'done', stdout: `${JSON.stringify({ milliseconds: 40, answers })}\n`, stderr: '' };
}

const encode = (text: string) => Buffer.from(text).toString('base64');

describe('repeatFromHosts', () => {
  test('asks on each host, with time for all requests, eight at once', async () => {
    const stage = setStage(({ host }) => reported(host, []));
    const manner: Manner = {
      method: 'HEAD',
      headers: { accept: 'a/b' },
      connect: '10.0.0.1',
      redirects: 'follow',
      tls: 'ignore',
    };
    await repeatFromHosts(stage.context, [request('i-1', 30), request('i-2', 1, manner)]);
    const [where, url] = [['shop.example', '443', 'x-host x-version'], 'https://shop.example/version'];
    const common = { script: REPEAT_SCRIPT, onCancel: 'stop' };
    expect(stage.runs).toEqual([
      [
        {
          ...common,
          host: 'i-1',
          arguments: ['30', '2.500', 'GET', '', '', '', '', '', ...where, url],
          timeout: 4 * 2_500 + 30_000,
        },
        {
          ...common,
          host: 'i-2',
          arguments: [
            ...['1', '2.500', 'HEAD', 'accept: a/b', '', 'shop.example:443:10.0.0.1:443', '5', 'ignore'],
            ...where,
            url,
          ],
          timeout: 2_500 + 30_000,
        },
      ],
    ]);
  });

  test('gives every answer, and why there was none', async () => {
    const stage = setStage(({ host }) =>
      reported(host, [
        { status: 200, headers: encode('X-Host: i-1\r\n'), body: encode('{"a":"ü"}') },
        { status: 0, problem: encode('timed out') },
        { status: 0, problem: '' },
      ]),
    );
    expect(await repeatFromHosts(stage.context, [request('i-0', 3)])).toEqual([
      {
        kind: 'answers',
        answers: [
          { status: 200, headers: { 'x-host': 'i-1' }, body: '{"a":"ü"}' },
          { status: 0, problem: 'timed out' },
          { status: 0, problem: 'no answer' },
        ],
        milliseconds: 40,
      },
    ]);
  });

  test('is silent when the host could not ask, or did not report all of it', async () => {
    const stage = setStage(({ host }) =>
      host === 'i-1'
        ? { host, outcome: 'lost', reason: 'its agent is gone' }
        : reported(host, [{ status: 200 }]),
    );
    expect(await repeatFromHosts(stage.context, [request('i-1'), request('i-2')])).toMatchObject([
      { kind: 'silent', problem: 'its agent is gone' },
      { kind: 'silent', problem: '1 of 2 answers were reported' },
    ]);
  });

  test('does not take half a report for silence', async () => {
    const stage = setStage(({ host }) => ({
      host,
      outcome: 'done',
      stdout: '{"answers":[{"sta',
      stderr: '',
    }));
    await expect(repeatFromHosts(stage.context, [request('i-1')])).rejects.toThrow(PlatformError);
  });
});
