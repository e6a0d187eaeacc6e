import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Fleet } from '../fleet/fleet.ts';
import type { Ledger, ReleaseKey } from '../ledger/document.ts';
import { zoneBegan, zoneEnded } from '../ledger/order.ts';
import type { Range } from '../range/range.ts';
import type { RangedFleet } from './ranged-fleet.ts';

/** The range installs the first release with this ordinal. */
const FIRST_ORDINAL = 0;

/**
 * Writes the ledger as the deployment of the release that every host has would have left it: each zone promoted. Without it
 * a zone would have no release to go back to.
 *
 * @param fleetFolder that of the fleet file, which `range.releases` is relative to
 */
export async function writeFirstLedger(
  fleet: RangedFleet,
  fleetFolder: string,
  range: Pick<Range, 'endpoint' | 'environment'>,
): Promise<void> {
  const { from, releases } = fleet.range;
  const archive = await readFile(join(resolve(fleetFolder, releases), `${from}.tar.gz`));
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const ledger = firstLedger(fleet, { version: from, sha256, ordinal: FIRST_ORDINAL }, new Date());
  const { hostname, pathname } = new URL(fleet.ledger);
  const client = new S3Client({
    endpoint: range.endpoint,
    region: fleet.zones[0]?.region ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: range.environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: range.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  try {
    await client.send(
      new PutObjectCommand({ Bucket: hostname, Key: pathname.slice(1), Body: JSON.stringify(ledger) }),
    );
  } finally {
    client.destroy();
  }
}

/** Every zone promoted with one release, outside of GitHub. */
export function firstLedger({ service, zones }: Fleet, release: ReleaseKey, now: Date): Ledger {
  const at = now.toISOString();
  const run = `https://github.com/rehearsal/${service}/actions/runs/0`;
  return zones.reduce<Ledger>(
    (ledger, { zone }) =>
      zoneEnded(zoneBegan(ledger, { zone, release, run, runId: 0, at }), {
        ...{ zone, state: 'promoted', run, runId: 0, at },
      }),
    { schema: 1, service, zones: {}, releases: [] },
  );
}
