import { choice, count, mapping, text } from './rule.ts';
import { duration, flag, limit, line, path, version } from './scalars.ts';
import { policyChanges } from './schema-policy.ts';

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
