import { describe, expect, test } from '@jest/globals';
import { runEntry } from './run-entry.ts';

const RIGHT = {
  'zone-id': 'Z0123456789ABCDEFGHIJ',
  record: 'www.example.com',
  from: 'blue.example.com',
  to: 'green.example.com',
  'expect-version': '2',
  'identity-url': 'https://{address}:{port}/version',
};
const ALIAS = 'alias Z35SXDOTRQ7X7K lb-1.us-east-1.elb.amazonaws.com';

/** Refused before any client is made: there are no credentials here. */
const refused: readonly {
  readonly what: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly says: readonly string[];
}[] = [
  {
    what: 'several wrong inputs, all at once',
    inputs: { 'zone-id': 'example.com', record: '*.example.com', type: 'MX', ttl: '500ms', to: 'alias lb' },
    says: ['5 problems', '`zone-id`', '`record`', '`type`', '`ttl`', '`to`', 'nothing was touched'],
  },
  { what: 'no change', inputs: { from: '', to: '' }, says: ['Give `from` and `to`, or `from-weight`'] },
  {
    what: 'two changes',
    inputs: { 'from-weight': '1', 'to-weight': '2', 'set-identifier': 'eu' },
    says: ['and only one'],
  },
  { what: 'half of a change', inputs: { to: '' }, says: ['and only one'] },
  {
    what: 'weights without a set',
    inputs: { from: '', to: '', 'from-weight': '1', 'to-weight': '2' },
    says: ['`set-identifier` is missing'],
  },
  { what: 'the same twice', inputs: { to: RIGHT.from }, says: ['Both sides are the same'] },
  { what: 'a CNAME of an address list', inputs: { to: 'a.test\nb.test' }, says: ['`to` is no value'] },
  {
    what: 'a CNAME that is an alias',
    inputs: { to: ALIAS },
    says: ['`to` is no value of a record of the type CNAME'],
  },
  {
    what: 'addresses of the other kind',
    inputs: { type: 'A', from: '192.0.2.1', to: '2001:db8::1' },
    says: ['`to` is no value of a record of the type A; expected IPv4 addresses'],
  },
  {
    what: 'a TTL for an alias',
    inputs: { type: 'A', from: '192.0.2.1', to: ALIAS, ttl: '30s' },
    says: ['whose TTL nobody can set'],
  },
  { what: 'a TTL above the limit', inputs: { ttl: '2m' }, says: ['`ttl` is above `max-ttl`, 60s'] },
  {
    what: 'a limit that leaves no room to lower to',
    inputs: { 'max-ttl': '5s', 'lower-ttl-first': 'true' },
    says: ['`lower-ttl-first` needs a `max-ttl`'],
  },
  {
    what: 'nothing to prove it by',
    inputs: { 'expect-version': '', 'identity-url': '' },
    says: ['There is nothing to prove the new side by'],
  },
  {
    what: 'two who ask',
    inputs: { 'verify-from': 'i-0123456789abcdef0', 'name-servers': '192.0.2.53' },
    says: ['only one of them can be'],
  },
  {
    what: 'a check that only a host can make',
    inputs: { checks: '[{ name: db, type: command, run: ./bin/check }]' },
    says: ['db (command)', 'Nothing was touched'],
  },
];

describe('inputs that contradict each other are refused', () => {
  test.each(refused)('$what', ({ inputs, says }) => {
    const { exitCode, errors } = runEntry('cname-flip', { ...RIGHT, ...inputs });
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    for (const each of says) expect(errors[0]).toContain(each);
  });
});

test.each([
  ['a CNAME', {}],
  ['a weight', { from: '', to: '', 'from-weight': '0', 'to-weight': '10', 'set-identifier': 'eu' }],
  ['an alias', { type: 'A', from: ALIAS, to: `${ALIAS} evaluate-target-health` }],
  ['addresses', { type: 'A', from: '192.0.2.1\n192.0.2.2', to: '192.0.2.3' }],
])('%s passes, and stops where AWS is needed', (_, inputs) => {
  const { exitCode, errors } = runEntry(
    'cname-flip',
    { ...RIGHT, ...inputs },
    {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
  );
  expect({ exitCode, errors }).toEqual({
    exitCode: 1,
    errors: [expect.stringMatching(/there are no AWS credentials[\s\S]*www\.example\.com was not changed\./)],
  });
});

test('leaving the proof out is warned of', () => {
  const { warnings } = runEntry(
    'cname-flip',
    { ...RIGHT, verify: 'false' },
    {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
  );
  expect(warnings).toEqual([expect.stringContaining('verify is false')]);
});
