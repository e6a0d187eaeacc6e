import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFleet, renderFleet, withPolicy } from '../../src/fleet/load.ts';
import { startGitHub } from '../../src/range/github/github.ts';
import { type RehearsalOptions, type RehearsalWorld, rehearse } from '../../src/rehearsal/rehearse.ts';
import type { Verdict } from '../../src/rehearsal/verdict.ts';
import type { FakeRange } from './fake-range.ts';

export const FLEET = `
service: shop
release: { artifact: "s3://shop-releases/{version}.tar.gz" }
ledger: s3://shop-releases/ledger.json
hosts:
  directory: /srv/shop
  identity: { url: "http://{address}:{port}/version" }
zones:
  - zone: us-east-1a
    environment: shop-a
    hosts: [i-0000000000000000a, i-0000000000000000b]
    pools: [{ target-group: "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/shop/6d0ecf831eec9f09" }]
  - zone: us-east-1b
    environment: shop-b
    hosts: [i-0000000000000000c]
    pools: [{ target-group: "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/shop/6d0ecf831eec9f09" }]
range: { from: 1.0.0, to: 1.1.0, releases: ./releases, policy: { drain: { quiet: 1s, propagation: 7s, timeout: 9s } } }
`;

/** Stands in for plan-zones: gives what it read as the plan. */
const PLAN_ZONES = `
import { appendFileSync, readFileSync } from 'node:fs';
const env = process.env;
const answer = await fetch(env.GITHUB_API_URL + '/repos/' + env.GITHUB_REPOSITORY + '/environments/shop-b',
  { headers: { authorization: 'Bearer ' + env.INPUT_TOKEN } });
if (JSON.stringify(await answer.json()).includes('required_reviewers')) {
  const fleet = readFileSync(env.INPUT_FLEET, 'utf8');
  const plan = JSON.stringify({ version: env.INPUT_VERSION, fleet });
  appendFileSync(env.GITHUB_OUTPUT, 'plan=' + plan + '\\nsha256=abc\\nzones=["us-east-1a","us-east-1b"]\\n');
} else {
  console.log('::error::environment shop-b asks nobody');
  process.exitCode = 1;
}
`;

/** Stands in for promote-zone: reads who approved, and finds the zone good. */
const PROMOTE_ZONE = `
const env = process.env;
const answer = await fetch(
  env.GITHUB_API_URL + '/repos/' + env.GITHUB_REPOSITORY + '/actions/runs/' + env.GITHUB_RUN_ID + '/approvals',
  { headers: { authorization: 'Bearer ' + env.INPUT_TOKEN } });
for (const { state, environments, user } of await answer.json()) {
  console.log('read: ' + environments[0].name + ' ' + state + ' by ' + user.login);
}
console.log('baking for 1s');
`;

/** Stands in for deploy-zone: tells the range to switch each host of its zone. */
const DEPLOY_ZONE = `
import { appendFileSync, readFileSync } from 'node:fs';
const env = process.env;
const fleet = readFileSync(env.INPUT_FLEET, 'utf8');
if (env.INPUT_SHA256 !== 'abc' || JSON.parse(env.INPUT_PLAN).fleet !== fleet) {
  console.log('::error::the plan does not hold');
  process.exit(1);
}
const zone = readFileSync(env.INPUT_FLEET, 'utf8').split('- zone: ').find((text) => text.startsWith(env.INPUT_ZONE));
for (const [host] of zone.matchAll(/i-[0-9a-f]{17}/g)) {
  const enter = (phase) =>
    appendFileSync(env.INPUT_TIMELINE, JSON.stringify({ at: new Date().toISOString(), host, phase }) + '\\n');
  enter('installing');
  await fetch(env.AWS_ENDPOINT_URL + '/' + host + '/' + env.INPUT_VERSION);
  enter('serving');
}
`;

/** A folder with the fleet file, its releases and what stands in for the actions. */
export interface RehearsalSetting {
  readonly folder: string;
  /** What is still to be undone; `stop` does it, the last one first. */
  readonly cleanups: (() => unknown)[];
  start(
    range: FakeRange,
    options?: Partial<RehearsalOptions>,
    world?: Partial<RehearsalWorld>,
    bundles?: Partial<typeof BUNDLES>,
  ): Promise<Verdict>;
  stop(): Promise<void>;
}

export async function makeRehearsalSetting(): Promise<RehearsalSetting> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearse-'));
  const cleanups: (() => unknown)[] = [() => rm(folder, { recursive: true })];
  await writeFile(join(folder, 'fleet.yml'), FLEET);
  await mkdir(join(folder, 'releases'));
  for (const version of ['1.0.0', '1.1.0'])
    await writeFile(join(folder, 'releases', `${version}.tar.gz`), '');
  return {
    folder,
    cleanups,
    start: (range, options = {}, world = {}, bundles = {}) =>
      start(folder, { range, options, world, bundles: { ...BUNDLES, ...bundles } }),
    async stop() {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    },
  };
}

const BUNDLES = { 'plan-zones': PLAN_ZONES, 'deploy-zone': DEPLOY_ZONE, 'promote-zone': PROMOTE_ZONE };

interface Given {
  readonly range: FakeRange;
  readonly options: Partial<RehearsalOptions>;
  readonly world: Partial<RehearsalWorld>;
  readonly bundles: typeof BUNDLES;
}

async function start(folder: string, { range, options, world, bundles }: Given): Promise<Verdict> {
  for (const [action, text] of Object.entries(bundles)) await writeFile(join(folder, `${action}.mjs`), text);
  return rehearse(
    {
      ...{
        fleetFile: join(folder, 'fleet.yml'),
        bundle: (action) => join(folder, `${action}.mjs`),
        seed: 3,
        faults: [],
      },
      ...{ leastRequests: 200, aftermath: 300, patience: { interrupt: 500, terminate: 500 } },
      ...options,
    },
    {
      ...{
        loadFleet,
        withPolicy,
        renderFleet,
        forkRange: range.fork,
        startGitHub,
        environment: {},
        progress: () => {},
      },
      approve: async () => true,
      signal: new AbortController().signal,
      ...world,
    },
  );
}
