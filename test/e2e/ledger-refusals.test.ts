import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Ledger } from '../../src/ledger/document.ts';
import { parseLedger, renderLedger } from '../../src/ledger/parse.ts';
import { atOnce, type Cases } from '../at-once.ts';
import { callOf } from '../faults/calls.ts';
import { until } from '../range/support.ts';
import { startGateway } from './drain-gateway.ts';
import { type Manner, oddStorage } from './ledger-storage.ts';
import { type Running, startBundle } from './run-bundle.ts';
import { startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(120_000);

const AT_A_TIME = 4;
const WRITING = ['deploy-zone', 'promote-zone'] as const;
/** With the one that writes only when something was left. */
const ALL = [...WRITING, 'return-hosts'] as const;
type Action = (typeof ALL)[number];

/** A promotion of what the hosts run comes as far as its lease. */
const INPUTS = {
  'deploy-zone': { zone: 'us-east-1a', version: '1.1.0', 'allow-unprotected': 'true' },
  'promote-zone': { zone: 'us-east-1a', version: '1.0.0' },
  'return-hosts': {},
} as const;

/** Something that is wrong with what the fleet file names as the ledger. */
interface Trouble {
  readonly place: string;
  /** What is there, on the S3 of the range. */
  readonly text?: string;
  /** Of the storage that is there in the place of S3; before a promotion it says that 1.0.0 was deployed. */
  readonly manner?: Manner;
  /** What the one error says. */
  readonly says: RegExp;
}

const UNREADABLE: Readonly<Record<string, Trouble>> = {
  'is not JSON': {
    place: 's3://releases/cut/ledger.json',
    text: '{"schema":1,',
    says: /^s3:\/\/releases\/cut\/ledger\.json is not a ledger .* not JSON\. Nothing was touched\. Restore/,
  },
  'is no ledger': {
    place: 's3://releases/page/ledger.json',
    text: '{"hello":"world"}',
    says: /^s3:\/\/releases\/page\/ledger\.json is not a ledger .* schema: .*Nothing was touched\. Restore/,
  },
  'has a newer schema': {
    place: 's3://releases/newer/ledger.json',
    text: '{"schema":7}',
    says: /newer\/ledger\.json has schema 7, this version knows \d: .*Nothing was touched\. Use that version/,
  },
  'is that of another service': {
    place: 's3://releases/other/ledger.json',
    text: renderLedger({ schema: 1, service: 'warehouse', zones: {}, releases: [] }),
    says: /service warehouse, expected storefront\. Nothing was touched\. Give each service/,
  },
  'cannot be read': {
    place: 's3://releases/secret/ledger.json',
    manner: 'denies',
    says: /^Could not read the ledger s3:\/\/releases\/secret\/ledger\.json.*Add the action s3:GetObject/,
  },
  'is in a bucket that does not exist': {
    place: 's3://nobodys-bucket/ledger.json',
    says: /^The bucket nobodys-bucket of the ledger .* does not exist\. The ledger was not read\. Create it/,
  },
};

const UNKNOWING: Trouble = {
  place: 's3://releases/simple/ledger.json',
  manner: 'knows-no-conditions',
  says: /^The storage of the ledger s3:\S+ does not know the condition .* was not written\. Put the ledger on S3/,
};

const IGNORING: Trouble = {
  place: 's3://releases/careless/ledger.json',
  manner: 'ignores-conditions',
  says: /^The storage of the ledger s3:\S+ ignores .* write of this step, which stands; nothing else was touched\. Put/,
};

let world: TestRange;
/** As the hosts and pools are before anything is tried, and must be after all of it. */
let untouched: object;

beforeAll(async () => {
  world = await startTestRange();
  untouched = await world.everything();
  await Promise.all(Object.values(UNREADABLE).map(store));
});

afterAll(() => world?.stop());

/** Puts the text of a trouble on the S3 of the range. */
async function store({ place, text }: Trouble): Promise<void> {
  if (text === undefined) return;
  const { endpoint, environment } = world.range;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  const { host: Bucket, pathname } = new URL(place);
  try {
    await client.send(new PutObjectCommand({ Bucket, Key: pathname.slice(1), Body: text }));
  } finally {
    client.destroy();
  }
}

/** What a deployment of 1.0.0 would have left. */
async function deployed(): Promise<Ledger> {
  const digest = await readFile(join(world.folder, 'releases', '1.0.0.tar.gz.sha256'), 'utf8');
  const release = { version: '1.0.0', sha256: digest.slice(0, 64), ordinal: 1 };
  const at = '2026-11-20T10:00:00.000Z';
  return {
    schema: 1,
    service: 'storefront',
    zones: { 'us-east-1a': { state: 'deployed', release, run: 'local', runId: 0, began: at, at } },
    releases: [{ ...release, since: at }],
  };
}

/** A step whose calls are heard. */
interface Heard {
  readonly running: Running;
  /** Calls so far that may change something. */
  readonly changes: readonly string[];
  /** What the storage holds now that was put in the place of S3. */
  held(): string | undefined;
  stop(): Promise<void>;
}

async function start(action: Action, { place, manner }: Pick<Trouble, 'place' | 'manner'>): Promise<Heard> {
  const { host, pathname } = new URL(place);
  const storage = manner && oddStorage(`/${host}${pathname}`, manner, await textBefore(action));
  const changes: string[] = [];
  const gateway = await startGateway(world.range.endpoint, {
    take: (call, body) => {
      const made = callOf(call, body);
      if (made?.mutating) changes.push(made.operation);
      return storage?.take(call, body);
    },
  });
  const running = await startBundle(action, {
    inputs: INPUTS[action],
    environment: { ...world.range.environment, AWS_ENDPOINT_URL: gateway.url },
    folder: world.folder,
    fleet: world.fleet.replace('s3://releases/storefront/ledger.json', place),
  });
  return { running, changes, held: () => storage?.text(), stop: gateway.stop };
}

async function textBefore(action: Action): Promise<string | undefined> {
  return action === 'promote-zone' ? renderLedger(await deployed()) : undefined;
}

/** A step that is refused with one error. */
async function refused(action: Action, trouble: Trouble): Promise<Pick<Heard, 'changes' | 'held'>> {
  const { running, changes, held, stop } = await start(action, trouble);
  try {
    const { exitCode, errors } = await running.ended;
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: [expect.stringMatching(trouble.says)] });
    return { changes, held };
  } finally {
    await stop();
  }
}

function forEach(
  actions: readonly Action[],
  troubles: Readonly<Record<string, Trouble>>,
  check: (action: Action, trouble: Trouble) => Promise<void>,
): Cases {
  return Object.fromEntries(
    actions.flatMap((action) =>
      Object.entries(troubles).map(([name, trouble]) => [
        `${action} refuses a ledger that ${name}`,
        () => check(action, trouble),
      ]),
    ),
  );
}

atOnce(
  {
    ...forEach(ALL, UNREADABLE, async (action, trouble) => {
      expect((await refused(action, trouble)).changes).toEqual([]);
    }),
    ...forEach(
      WRITING,
      { 'is on storage that does not know conditions': UNKNOWING },
      async (action, trouble) => {
        const { changes, held } = await refused(action, trouble);
        expect(new Set(changes)).toEqual(new Set(['PutObject:ledger']));
        expect(held()).toBe(await textBefore(action));
      },
    ),
    ...forEach(WRITING, { 'is on storage that ignores conditions': IGNORING }, async (action, trouble) => {
      const { changes, held } = await refused(action, trouble);
      expect(new Set(changes)).toEqual(new Set(['PutObject:ledger']));
      const { zones, lease } = parseLedger(held() ?? '', { place: trouble.place, service: 'storefront' });
      expect(zones['us-east-1a']?.state).toBe(action === 'promote-zone' ? 'deployed' : 'deploying');
      expect(lease).toBeUndefined();
    }),
  },
  AT_A_TIME,
);

test('after all of that hosts and pools are as they were', async () => {
  expect(await world.everything()).toEqual(untouched);
});

test('with a ledger that is sound the same step is heard to touch them, and they are seen to differ', async () => {
  const { running, changes, stop } = await start('deploy-zone', {
    place: 's3://releases/sound/ledger.json',
  });
  try {
    await Promise.race([
      until(() => changes.includes('DeregisterTargets'), 'a host leaves'),
      running.ended.then(({ log }) => Promise.reject(new Error(log))),
    ]);
    await until(async () => !isDeepStrictEqual(await world.everything(), untouched), 'that is seen');
  } finally {
    running.kill();
    await running.ended;
    await stop();
  }
});
