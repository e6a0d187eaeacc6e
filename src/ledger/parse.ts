import { z } from 'zod';
import { writePath } from '../fleet/members.ts';
import type { UndoRecord } from '../operations/records.ts';
import { UserError } from '../runner/errors.ts';
import { ACTS, INTENT_ENDS, type Ledger, MOST_INTENTS, MOST_RELEASES, ZONE_STATES } from './document.ts';

/** The newest form of a ledger that this version reads and writes. */
const NEWEST = 1;
/** Problems of one ledger that are named; they have one cause. */
const MOST_SHOWN = 3;

const time = () => z.iso.datetime({ error: 'expected an ISO 8601 time in UTC' });

const releaseFields = {
  version: z.string().min(1).describe('Version of the release.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'expected 64 lower-case hexadecimal digits' })
    .describe('sha256 of its archive.'),
  ordinal: z.int().min(0).describe('Grows with every release; the one of its first deployment.'),
};

const zoneEntry = z.strictObject({
  state: z.enum(ZONE_STATES).describe('What happened to the zone last.'),
  release: z
    .strictObject(releaseFields)
    .describe('What was deployed; after `rolled-back` the release that the zone went back from.'),
  before: z
    .strictObject(releaseFields)
    .exactOptional()
    .describe('The release that was promoted here before, to which the zone goes back.'),
  run: z.string().describe('URL of the workflow run.'),
  runId: z.int().min(0).describe('Number of that run on GitHub; 0 outside of GitHub.'),
  began: time().describe('When the deployment of the zone began.'),
  at: time().describe('When this was written.'),
  approvedBy: z.array(z.string()).exactOptional().describe('Who approved, as GitHub says.'),
  note: z.string().exactOptional().describe('Why it ended so.'),
});

const lease = z.strictObject({
  token: z.int().min(1).describe('Fencing token: greater than that of every lease before.'),
  run: z.string().describe('URL of the workflow run that holds it.'),
  runId: z.int().min(0).describe('Number of that run on GitHub; 0 outside of GitHub.'),
  zone: z.string().describe('The zone that it works on.'),
  since: time().describe('When it was taken.'),
  expires: time().describe('When it ends unless it is renewed.'),
});

const broken = z.strictObject({
  by: z.string().exactOptional().describe('Who broke it, when it is known.'),
  at: time().describe('When it was broken.'),
  reason: z.string().min(1).describe('Why it was broken.'),
  run: z.string().describe('URL of the run that held it.'),
});

/**
 * An undo record, as `isRecord` takes it from a host: fields that are not known here are kept, since a newer version may have
 * written them there, and one that stops at them could not say any more what is out of service.
 */
export const recordSchema = z.looseObject({
  host: z.string().describe('The host.'),
  targets: z
    .array(
      z.looseObject({
        pool: z.string().describe('Target group.'),
        id: z.string().describe('The host, as the target group knows it.'),
        port: z.int().describe('Port at which it was registered.'),
      }),
    )
    .min(1)
    .describe('What it was taken out of.'),
  reason: z.string().describe('Why it was taken out.'),
  run: z.string().describe('URL of the workflow run that took it out.'),
  since: z.string().describe('When it was taken out.'),
  service: z.string().exactOptional().describe('Service whose deployment took it out.'),
  from: z.string().exactOptional().describe('Release that `current` pointed to then.'),
  scaling: z
    .discriminatedUnion('mode', [
      z.looseObject({
        mode: z.literal('standby').describe('It is in standby.'),
        group: z.string().describe('Its Auto Scaling group.'),
        minSize: z.int().exactOptional().describe('What MinSize was, when it had to be lowered.'),
      }),
      z.looseObject({
        mode: z.literal('suspend').describe('Processes of its group are suspended.'),
        group: z.string().describe('Its Auto Scaling group.'),
        processes: z.array(z.string()).describe('Those that were suspended for it.'),
      }),
    ])
    .exactOptional()
    .describe('What was changed in its Auto Scaling group.'),
}) satisfies z.ZodType<UndoRecord>;

const outHost = z.strictObject({
  zone: z.string().describe('Its zone.'),
  record: recordSchema.describe('How to bring it back; the same as on the host itself.'),
  held: z
    .string()
    .exactOptional()
    .describe('Why it is to stay out until somebody has looked at it; none when it may be returned.'),
  told: time().exactOptional().describe('When people were told that it could not be returned.'),
});

const intent = z.strictObject({
  act: z.enum(ACTS).describe('What is done to the hosts.'),
  zone: z.string().describe('Their zone.'),
  hosts: z.array(z.string()).describe('The hosts of a batch.'),
  version: z.string().describe('The version that they are to run.'),
  run: z.string().describe('URL of the workflow run.'),
  token: z.int().min(1).describe('Fencing token that it had.'),
  at: time().describe('When this was written, before it was done.'),
  end: z
    .strictObject({
      kind: z
        .enum(INTENT_ENDS)
        .describe('`abandoned`: its run did not say how it ended, and a later one went on.'),
      at: time().describe('When that was written.'),
    })
    .exactOptional()
    .describe('How it ended; none while it goes on, or when the run was killed.'),
});

/**
 * A ledger as it is stored. Unknown keys are refused: they would be lost with the next change.
 */
export const ledgerSchema = z.strictObject({
  schema: z.literal(NEWEST).describe('Form of this document.'),
  service: z.string().min(1).describe('The service whose zones these are.'),
  zones: z
    .record(z.string().regex(/^[a-z0-9-]{1,64}$/), zoneEntry)
    .describe('The last thing that happened to each zone.'),
  releases: z
    .array(
      z.strictObject({
        ...releaseFields,
        since: time().describe('When its first zone began.'),
      }),
    )
    .max(MOST_RELEASES)
    .describe('Releases that were deployed, the newest last.'),
  fence: z
    .int()
    .min(1)
    .exactOptional()
    .describe('The last fencing token that was handed out; it never falls.'),
  lease: lease.exactOptional().describe('The run that works on the service now.'),
  broken: broken
    .exactOptional()
    .describe('How the last lease ended when a person broke it; kept until the next one is taken.'),
  out: z
    .record(z.string().min(1), outHost)
    .exactOptional()
    .describe(
      'Hosts that a deployment has taken out of service, from just before they leave until they serve again.',
    ),
  journal: z
    .array(intent)
    .max(MOST_INTENTS)
    .exactOptional()
    .describe('What was about to be done to hosts, and how it ended, the newest last.'),
}) satisfies z.ZodType<Ledger>;

/**
 * Reads a stored ledger.
 *
 * @param place where it is, for messages
 * @throws UserError when it is no ledger, one of another service, or written by a newer version
 */
export function parseLedger(
  text: string,
  { place, service }: { readonly place: string; readonly service: string },
): Ledger {
  const document = readJson(text, place);
  const form: unknown = Object(document).schema;
  if (typeof form === 'number' && form > NEWEST) {
    throw new UserError(
      `The ledger ${place} has schema ${form}, this version knows ${NEWEST}: a newer version has written it. Nothing was ` +
        'touched. Use that version, in every workflow that deploys the service.',
    );
  }
  const parsed = ledgerSchema.safeParse(document);
  if (!parsed.success) throw damaged(place, describe(parsed.error.issues));
  if (parsed.data.service === service) return parsed.data;
  throw new UserError(
    `The ledger ${place} is that of the service ${parsed.data.service}, expected ${service}. Nothing was touched. ` +
      'Give each service a ledger of its own: correct `ledger` in the fleet file.',
  );
}

/** The text that is stored; `parseLedger` reads it back. The same ledger has the same text, however it was made. */
export function renderLedger(ledger: Ledger): string {
  return `${JSON.stringify(ledgerSchema.parse(ledger), undefined, 2)}\n`;
}

function readJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const seen = text.trim() === '' ? 'it is empty' : 'it is not JSON';
    throw damaged(place, seen);
  }
}

function damaged(place: string, seen: string): UserError {
  return new UserError(
    `${place} is not a ledger that can be read: ${seen}. Nothing was touched. Restore an earlier version of it. ` +
      'If there is none, check what the hosts of every zone run, move it away and deploy from the first zone on.',
  );
}

function describe(issues: readonly z.core.$ZodIssue[]): string {
  const lines = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${writePath(path)}: ${message}`,
  );
  const more = lines.length > MOST_SHOWN ? [`and ${lines.length - MOST_SHOWN} more`] : [];
  return [...lines.slice(0, MOST_SHOWN), ...more].join('; ');
}
