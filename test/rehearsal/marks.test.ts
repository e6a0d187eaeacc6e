import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Range } from '../../src/range/range.ts';
import { type MarkWatch, watchMarks } from '../../src/rehearsal/marks.ts';

const GREEN = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/green/2a5c8d3eaf917b46';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Counts calls, and says what its listener's weights are. */
async function countingRange() {
  const counts: Record<string, number> = {};
  const looks: (() => void)[] = [];
  let weights = [100, 0];
  const groups = () =>
    ['arn:blue', GREEN].map(
      (arn, index) =>
        `<member><TargetGroupArn>${arn}</TargetGroupArn><Weight>${weights[index]}</Weight></member>`,
    );
  const server = http.createServer((_, response) =>
    response.setHeader('content-type', 'text/xml').end(
      `<DescribeListenersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeListenersResult>
<Listeners><member><DefaultActions><member><Type>forward</Type><ForwardConfig><TargetGroups>${groups().join('')}</TargetGroups>
</ForwardConfig></member></DefaultActions></member></Listeners></DescribeListenersResult></DescribeListenersResponse>`,
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const place = { name: 'blue', dnsName: '127.0.0.1', address: '127.0.0.1', port: 80 };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const range: Pick<Range, 'endpoint' | 'environment' | 'balancers' | 'calls'> = {
    endpoint,
    environment: { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' },
    balancers: [{ ...place, region: 'us-east-1', listener: 'arn:listener' }],
    calls: async () => {
      for (const look of looks.splice(0)) look();
      return { ...counts };
    },
  };
  return {
    range,
    call(operation: string, now: readonly number[] = weights) {
      weights = [...now];
      counts[operation] = (counts[operation] ?? 0) + 1;
    },
    /** Resolves when the watch has looked twice more: what it saw first is then written down. */
    async seen() {
      for (let look = 0; look < 2; look += 1) await new Promise<void>((resolve) => looks.push(resolve));
    },
  };
}

test('every write to the listener is a mark with the share, every write to the zone one as well', async () => {
  const { range, call, seen } = await countingRange();
  const watch: MarkWatch = watchMarks(range, GREEN);
  await seen();
  for (const weights of [
    [450, 50],
    [0, 700],
    [100, 0],
  ]) {
    call('ModifyListener', weights);
    await seen();
  }
  call('ChangeResourceRecordSets');
  await seen();
  call('DescribeListeners');
  await seen();
  const marks = await watch.stop();
  expect(marks.map(({ label }) => label)).toEqual(['10 %', '100 %', '0 %', 'DNS']);
  expect(marks.map(({ at }) => at)).toEqual(marks.map(({ at }) => at).toSorted((one, other) => one - other));
});
