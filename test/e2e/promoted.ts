import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Ledger } from '../../src/ledger/document.ts';
import type { TestRange } from './test-range.ts';

/** Where `fleet.yml` keeps its ledger. */
const LEDGER = { Bucket: 'releases', Key: 'storefront/ledger.json' };

/** The ledger of a range. */
export async function ledgerOf({ range }: TestRange): Promise<Ledger> {
  const client = clientOf(range);
  try {
    const { Body } = await client.send(new GetObjectCommand(LEDGER));
    return JSON.parse((await Body?.transformToString()) ?? '');
  } finally {
    client.destroy();
  }
}

/** Writes that a deployed zone was promoted, as promote-zone does at its end: what comes before that is not waited for. */
export async function promote(world: TestRange, zone: string): Promise<void> {
  const ledger = await ledgerOf(world);
  const entry = ledger.zones[zone];
  if (entry?.state !== 'deployed') throw new Error(`zone ${zone} is ${entry?.state ?? 'not begun'}`);
  const zones = { ...ledger.zones, [zone]: { ...entry, state: 'promoted' as const } };
  await writeLedger(world, { ...ledger, zones });
}

/** Writes the ledger of a range, whatever is there. */
export async function writeLedger({ range }: TestRange, ledger: Ledger): Promise<void> {
  const client = clientOf(range);
  try {
    await client.send(new PutObjectCommand({ ...LEDGER, Body: JSON.stringify(ledger) }));
  } finally {
    client.destroy();
  }
}

function clientOf({ endpoint, environment }: TestRange['range']): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
}
