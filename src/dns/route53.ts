import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  InvalidChangeBatch,
  ListResourceRecordSetProtectionsCommand,
  ListResourceRecordSetsCommand,
  NoSuchHostedZone,
  PriorRequestNotComplete,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { canonicalName } from '../checks/dns-values.ts';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { UserError } from '../runner/errors.ts';
import type { DnsProvider, Protection, RecordSet, SwapOutcome, Zone } from './port.ts';
import { describeSets, holdsAll } from './record-set.ts';
import { fromWire, toWire } from './route53-records.ts';

/** Milliseconds; Route 53 answers a batch in well under one second, and one that is lost can be looked for. */
const PATIENCE = 10_000;

/** Route 53. `region` only chooses the partition: the service is one for the whole world. */
export function createRoute53({ region }: { readonly region: string }): DnsProvider {
  const common = { region, requestHandler: requestLimits(PATIENCE) };
  // Adaptive retries: a throttled call is slowed down instead of failing a flip that goes well.
  const reader = new Route53Client({ ...common, retryMode: 'adaptive', maxAttempts: 8 });
  // Sent once: sent again by the SDK after an answer that was lost, a batch that took effect would look like a lost race.
  const writer = new Route53Client({ ...common, maxAttempts: 1 });
  return {
    zone: (id) => readZone(reader, id),
    read: (zoneId, name) => readName(reader, zoneId, name),
    protections: (zoneId, name) => readProtections(reader, zoneId, name),
    swap: (zoneId, old, next) => swap({ reader, writer }, zoneId, old, next),
    async isInSync(change) {
      const answer = await explained(
        {
          purpose: 'find out whether the change is everywhere',
          action: 'route53:GetChange',
          resource: change,
        },
        reader.send(new GetChangeCommand({ Id: change })),
      );
      return answer.ChangeInfo?.Status === 'INSYNC';
    },
  };
}

async function readZone(client: Route53Client, id: string): Promise<Zone> {
  const { HostedZone, DelegationSet } = await aboutZone(
    id,
    ['read the hosted zone', 'route53:GetHostedZone'],
    client.send(new GetHostedZoneCommand({ Id: id })),
  );
  return {
    id,
    name: canonicalName(HostedZone?.Name ?? '') ?? '',
    isPrivate: HostedZone?.Config?.PrivateZone === true,
    nameServers: DelegationSet?.NameServers ?? [],
  };
}

async function readName(client: Route53Client, zoneId: string, name: string): Promise<readonly RecordSet[]> {
  const found: RecordSet[] = [];
  let start: { readonly StartRecordType?: RecordSetStart; readonly StartRecordIdentifier?: string } = {};
  while (true) {
    const answer = await aboutZone(
      zoneId,
      ['read the records', 'route53:ListResourceRecordSets'],
      client.send(
        new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: name, ...start }),
      ),
    );
    const sets = (answer.ResourceRecordSets ?? []).map(fromWire);
    found.push(...sets.filter((set) => isNamed(set.name, name)));
    if (answer.IsTruncated !== true || !isNamed(answer.NextRecordName ?? '', name)) return found;
    start = {
      ...(answer.NextRecordType !== undefined && { StartRecordType: answer.NextRecordType }),
      ...(answer.NextRecordIdentifier !== undefined && {
        StartRecordIdentifier: answer.NextRecordIdentifier,
      }),
    };
  }
}

type RecordSetStart = NonNullable<
  ConstructorParameters<typeof ListResourceRecordSetsCommand>[0]['StartRecordType']
>;

async function readProtections(
  client: Route53Client,
  zoneId: string,
  name: string,
): Promise<readonly Protection[]> {
  const found: Protection[] = [];
  let token: string | undefined;
  do {
    const { ResourceRecordSetProtections = [], NextToken } = await aboutZone(
      zoneId,
      ['read which records are protected', 'route53:ListResourceRecordSetProtections'],
      client.send(
        new ListResourceRecordSetProtectionsCommand({
          HostedZoneId: zoneId,
          ...(token === undefined ? { StartRecordName: name } : { NextToken: token }),
        }),
      ),
    );
    const own = ResourceRecordSetProtections.filter(({ RecordName = '' }) => isNamed(RecordName, name));
    found.push(
      ...own.map(({ RecordType = '', Comment }) => ({
        type: RecordType,
        ...(Comment !== undefined && { comment: Comment }),
      })),
    );
    // They are listed by name, so those of this one are all at the beginning.
    token = own.length === ResourceRecordSetProtections.length ? NextToken : undefined;
  } while (token !== undefined && token !== '');
  return found;
}

function isNamed(listed: string, name: string): boolean {
  return canonicalName(listed) === name;
}

async function swap(
  { reader, writer }: { readonly reader: Route53Client; readonly writer: Route53Client },
  zoneId: string,
  old: readonly RecordSet[],
  next: readonly RecordSet[],
): Promise<SwapOutcome> {
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: zoneId,
    ChangeBatch: {
      Comment: 'Zonewise',
      Changes: [
        ...old.map((set) => ({ Action: 'DELETE' as const, ResourceRecordSet: toWire(set) })),
        ...next.map((set) => ({ Action: 'CREATE' as const, ResourceRecordSet: toWire(set) })),
      ],
    },
  });
  try {
    const { ChangeInfo } = await writer.send(command);
    const change = ChangeInfo?.Id;
    if (change !== undefined) return { kind: 'done', change };
    return { kind: 'unknown', problem: 'the answer names no change' };
  } catch (error) {
    const problem = error instanceof Error ? error.message.replace(/^\[(.*)\]$/, '$1') : String(error);
    if (error instanceof InvalidChangeBatch) {
      const name = canonicalName(old[0]?.name ?? next[0]?.name ?? '') ?? '';
      const now = await readName(reader, zoneId, name);
      // Refused although what was expected is there: for a reason of its own.
      return holdsAll(now, old) ? { kind: 'refused', problem } : { kind: 'lost', now };
    }
    if (isBusy(error)) return { kind: 'busy', problem };
    if (mayHaveHappened(error)) return { kind: 'unknown', problem: problem || 'the connection was lost' };
    return aboutZone(
      zoneId,
      [`replace ${describeSets(old)} by ${describeSets(next)}`, 'route53:ChangeResourceRecordSets'],
      Promise.reject(error),
    );
  }
}

/** Turned away before it was looked at. */
function isBusy(error: unknown): boolean {
  if (error instanceof PriorRequestNotComplete) return true;
  return error instanceof Error && ['Throttling', 'ThrottlingException'].includes(error.name);
}

/** No answer at all, or one that Route 53 gives when it does not know itself. */
function mayHaveHappened(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  if (typeof status === 'number') return status >= 500;
  // Without credentials nothing was sent.
  return !/Credentials|TokenProvider|ProviderError/.test(error.name);
}

function aboutZone<T>(
  zoneId: string,
  [purpose, action]: readonly [purpose: string, action: string],
  answer: Promise<T>,
): Promise<T> {
  const resource = `arn:aws:route53:::hostedzone/${zoneId}`;
  return explained({ purpose, action, resource }, answer, (error) =>
    error instanceof NoSuchHostedZone
      ? new UserError(
          `Could not ${purpose}: there is no hosted zone ${zoneId} in this account; nothing was changed. ` +
            'Check `zone-id`, and that the credentials are those of its account.',
          { cause: error },
        )
      : undefined,
  );
}
