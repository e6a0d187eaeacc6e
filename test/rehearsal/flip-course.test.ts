import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadFleet } from '../../src/fleet/load.ts';
import { flipCourse } from '../../src/rehearsal/flip-course.ts';
import { requireRange } from '../../src/rehearsal/ranged-fleet.ts';
import type { ActionName, Course, Site } from '../../src/rehearsal/stages.ts';

const FILE = fileURLToPath(new URL('../../examples/big-flip/fleet.yml', import.meta.url));
const fleet = requireRange(await loadFleet(FILE), FILE);
const second = fleet.range.secondPool ?? { targetGroup: '', hosts: {} };
const hosts = Object.values(second.hosts).flat();

const SITE: Site = {
  ...{ fleetFile: FILE, version: '2.0.0', nameServers: ['127.0.0.1:5301', '127.0.0.1:5302'] },
  ports: new Map(hosts.map((host, index) => [host, 9_000 + index])),
  balancers: ['storefront-blue', 'storefront-edge'].map((name, index) => ({
    ...{ name, dnsName: `${name}.range.test`, address: `127.0.0.${index + 2}`, port: 8_080 },
    ...{ listener: `arn:listener/${name}`, region: 'us-east-1' },
  })),
};

const course = flipCourse(fleet, second, { testBefore: true });

function inputsOf(action: ActionName, of: Course = course): Readonly<Record<string, string>> {
  const found = of.stages.flatMap(({ actions }) => actions).find((each) => each.action === action);
  return found?.inputs(SITE, {}) ?? {};
}

test('prepares the second pool without asking, and asks before each flip', () => {
  expect(
    course.stages.map(({ stage, approval, actions }) => [
      ...[stage, approval?.question ?? 'nobody is asked'],
      ...actions.map(({ action }) => action),
    ]),
  ).toEqual([
    ['second pool', 'nobody is asked', 'upgrade-host', 'smoke-test'],
    ['pool flip', 'Approve moving all traffic from storefront-blue to storefront-green?', 'pool-flip'],
    ['DNS flip', 'Approve moving shop.example.test to the balancer storefront-edge?', 'cname-flip'],
  ]);
});

test('says where hosts and traffic are to be', () => {
  expect(course.groups).toMatchObject([
    { group: 'storefront-blue', servesUntil: 'pool flip' },
    { group: 'storefront-green', upgradedBy: 'second pool', servesFrom: 'pool flip', hosts },
  ]);
  expect(course.groups[0]).not.toHaveProperty('upgradedBy');
  expect(course.entrances).toEqual([
    { balancer: 'storefront-blue', servesUntil: 'DNS flip' },
    { balancer: 'storefront-edge', servesFrom: 'DNS flip' },
  ]);
});

test('without a second balancer the name is left alone', () => {
  const { secondBalancer: _, ...range } = fleet.range;
  const short = flipCourse({ ...fleet, range }, second, { testBefore: true });
  expect(short.stages.map(({ stage }) => stage)).toEqual(['second pool', 'pool flip']);
  expect(short.entrances).toEqual([]);
});

describe('the inputs of', () => {
  test('upgrade-host name every host with its port, and the release', () => {
    expect(inputsOf('upgrade-host')).toMatchObject({
      hosts: hosts.map((host, index) => `${host}:${9_000 + index}`).join('\n'),
      artifact: 's3://storefront-releases/storefront/2.0.0.tar.gz',
      ...{ version: '2.0.0', directory: '/srv/storefront', stop: './bin/stop', 'hook-timeout': '20s' },
    });
    expect(inputsOf('upgrade-host')).not.toHaveProperty('unit');
  });

  test('smoke-test have the checks of the fleet and the version', () => {
    const { checks = '', ...rest } = inputsOf('smoke-test');
    expect(parse(checks)).toMatchObject([{ name: 'home' }, { name: 'health' }]);
    expect(rest).toMatchObject({ 'expect-version': '2.0.0' });
    const untested = inputsOf('smoke-test', flipCourse(fleet, second, { testBefore: false }));
    expect(untested).not.toHaveProperty('checks');
  });

  test('pool-flip go from the first pool to the second at the first listener', () => {
    expect(inputsOf('pool-flip')).toMatchObject({
      listener: 'arn:listener/storefront-blue',
      from: fleet.zones[0]?.pools[0]?.targetGroup,
      to: second.targetGroup,
      steps: '10%, 50%, 100%',
      through: 'http://127.0.0.2:8080',
    });
  });

  test('cname-flip go from the first balancer to the second and name every server', () => {
    expect(inputsOf('cname-flip')).toMatchObject({
      ...{ record: 'shop.example.test', type: 'CNAME', 'zone-id': 'Z0123456789ABCDEFGHIJ' },
      ...{ from: 'storefront-blue.range.test', to: 'storefront-edge.range.test', port: '8080' },
      'name-servers': '127.0.0.1:5301\n127.0.0.1:5302',
    });
  });

  test('cname-flip cannot be made without the second balancer', () => {
    const [, , flip] = course.stages;
    const alone = { ...SITE, balancers: SITE.balancers.slice(0, 1) };
    expect(() => flip?.actions[0]?.inputs(alone, {})).toThrow('no balancer named storefront-edge');
  });
});

test('a rehearsal never touches a ledger in a file', () => {
  expect(requireRange({ ...fleet, ledger: 'file:/srv/ledger.json' }, FILE).ledger).toBe(
    's3://rehearsal/ledger.json',
  );
  expect(fleet.ledger).toBe('s3://storefront-releases/storefront/ledger.json');
});
