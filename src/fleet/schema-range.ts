import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { choice, count, list, mapping, text, writeRule } from './rule.ts';
import {
  domainName,
  duration,
  flag,
  instanceId,
  limit,
  line,
  path,
  targetGroup,
  version,
} from './scalars.ts';
import { policyChanges } from './schema-policy.ts';

const POOL_HOSTS = writeRule({
  expected: 'a mapping of one or more zones to lists of instance ids',
  cure: 'write for example us-east-1a: [i-0123456789abcdef0]',
});

const secondPool = mapping({
  'target-group': targetGroup().describe(
    "ARN of its target group, which the first region's listener forwards to at weight 0 when the range starts.",
  ),
  hosts: z
    .record(z.string(), list(instanceId(), 1, 'instance ids'), { error: POOL_HOSTS })
    .refine((hosts) => Object.keys(hosts).length > 0, { error: POOL_HOSTS })
    .describe('Its hosts by zone; the zones are zones of the fleet, of the region of the first one.'),
}).describe('Another pool behind the balancer of the first zone, for a flip by weights.');

const secondBalancer = mapping({
  'target-group': targetGroup().describe('ARN of its target group; the balancer has the same name.'),
}).describe('Another load balancer, with the hosts of second-pool, for a flip by DNS.');

const dns = mapping({
  zone: domainName('example.test')
    .regex(/^(?!(?:.+\.)?range(?:-dns)?\.test$)/, {
      error: writeRule({
        expected:
          'a zone outside range.test and range-dns.test, where balancers and name servers of the range have their names',
        cure: 'write for example example.test',
      }),
    })
    .describe('Name of the hosted zone, without a dot at its end.'),
  'zone-id': text(
    /^Z[A-Z0-9]{1,31}$/,
    'the id of a hosted zone: Z and up to 31 capital letters and digits',
    'write for example Z0123456789ABCDEFGHIJ',
  ).describe('Id of the hosted zone.'),
  record: domainName('shop.example.test').describe(
    'Name in the zone that is a CNAME to the first balancer when the range starts.',
  ),
  ttl: text(
    /^[1-9]\d{0,5}(s|m|h)$/,
    'a duration of whole seconds above zero, such as 5s',
    'write a whole number with s, m or h',
  )
    .default('5s')
    .describe('For how long resolvers keep that record.'),
  'name-servers': count(1, 'a whole number from 1 to 16', 'write how many name servers the zone has')
    .max(16, { error: writeRule({ expected: 'a whole number from 1 to 16', cure: 'write a smaller one' }) })
    .default(4)
    .describe('How many authoritative name servers the zone has.'),
  lag: duration().default('500ms').describe('Longest time by which a name server lags behind the others.'),
  propagation: duration().default('2s').describe('Longest time until a change is INSYNC.'),
}).describe('A hosted zone with its name servers; every balancer then has a name and an address of its own.');

/** For how long the range keeps its counts of answers. */
const LONGEST_WINDOW = 600_000;

const alarm = mapping({
  name: text(
    /^(?!arn:)[!-~](?:[ -~]{0,253}[!-~])?$/,
    'the name of an alarm: up to 255 characters of plain ASCII',
    'write for example storefront-5xx',
  ).describe('Its name.'),
  'target-group': targetGroup()
    .optional()
    .describe(
      "ARN of a target group of the range, whose answers count. Left out: all that the balancers of the first zone's region answer.",
    ),
  threshold: text(
    /^(?:\d|[1-9]\d)%$/,
    'a percentage from 0% to 99%',
    'write for example 5%; more than that is an alarm',
  )
    .default('5%')
    .describe('Share of 5xx among the answers above which it is in ALARM.'),
  window: limit()
    .refine((window) => (parseDuration(window) ?? 0) <= LONGEST_WINDOW, {
      error: writeRule({ expected: 'a duration of at most 10m', cure: 'write a shorter one' }),
    })
    .default('3s')
    .describe('How long is looked back; an alarm that saw no answer in that time has INSUFFICIENT_DATA.'),
}).describe('An alarm of CloudWatch over the answers of application load balancers.');

export const range = mapping({
  from: version().describe('Release that is installed on every host before a rehearsal.'),
  to: version().describe('Release that the rehearsal deploys.'),
  releases: line('a folder', 'write it relative to the fleet file, such as ./releases')
    .default('./releases')
    .describe('Folder with the release archives <version>.tar.gz, relative to the fleet file.'),
  balancer: mapping({
    type: choice(['application', 'network'])
      .default('application')
      .describe('Type of the load balancer: application forwards requests, network forwards connections.'),
    propagation: duration()
      .default('1s')
      .describe('Longest time a balancer node goes on using a target after its deregistration.'),
    'deregistration-delay': duration().default('10s').describe('How long a target is shown as draining.'),
    'health-check-interval': limit().default('300ms').describe('Time between two health checks of a target.'),
    'health-check-path': path().default('/healthz').describe('Path of the health check.'),
    'cross-zone': flag()
      .optional()
      .describe(
        'Whether a balancer node uses targets of other zones too. Left out: as AWS, yes for application, no for network.',
      ),
    'slow-start': duration()
      .default('0s')
      .describe('How long the share of a newly healthy target grows; 0s is off. Only for application.'),
  })
    .prefault({})
    .describe('The balancer of the range.'),
  'auto-scaling': mapping({
    'min-size': count(0, 'a whole number from 0', 'write the least number of hosts in service').describe(
      'Least number of hosts in service in each group.',
    ),
    'unhealthy-after': limit()
      .default('2s')
      .describe('How long a host may be ill or out of its pools until its group replaces it.'),
  })
    .optional()
    .describe('Makes the hosts of each region one Auto Scaling group with the health check type ELB.'),
  'second-pool': secondPool.optional(),
  'second-balancer': secondBalancer.optional(),
  dns: dns.optional(),
  alarms: list(alarm, 0, 'alarms').default([]).describe('Alarms of CloudWatch.'),
  throttling: flag()
    .default(false)
    .describe('Whether the API refuses calls that come faster than AWS allows.'),
  probe: mapping({
    path: path().default('/').describe('Path that the probes ask for, over and over.'),
    'version-header': text(
      /^[A-Za-z0-9-]+$/,
      'the name of a response header',
      'write the header in which the service says its version',
    )
      .default('x-version')
      .describe('Response header in which the service says its version.'),
    rate: count(1, 'a whole number from 1', 'write how many requests a second')
      .default(240)
      .describe('Requests a second, all regions together.'),
  })
    .prefault({})
    .describe('What the probes of the rehearsal ask for.'),
  policy: policyChanges
    .prefault({})
    .describe('What the rehearsal changes in policy, so that it takes minutes.'),
}).describe("The rehearsal's stand-in for AWS; nothing on GitHub reads it.");
