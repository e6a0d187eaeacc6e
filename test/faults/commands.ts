/** Commands that are disturbed. */
export const COMMANDS = [
  'deploy-zone',
  'deploy-broken',
  'deploy-standby',
  'deploy-suspend',
  'promote-zone',
] as const;
export type CommandName = (typeof COMMANDS)[number];

interface Command {
  readonly bundle: 'deploy-zone' | 'promote-zone';
  readonly inputs: Readonly<Record<string, string>>;
  /** Fleet file beside this one. */
  readonly fleet: string;
  /** Undisturbed. */
  readonly exitCode: 0 | 1;
  /** What is done before, and left alone then. */
  readonly after?: 'deploy-zone';
}

// Without GitHub nobody can approve.
const DEPLOY = { zone: 'us-east-1a', version: '1.1.0', 'allow-unprotected': 'true' } as const;

export const TERMS: Readonly<Record<CommandName, Command>> = {
  'deploy-zone': { bundle: 'deploy-zone', inputs: DEPLOY, fleet: 'fleet.yml', exitCode: 0 },
  'promote-zone': {
    bundle: 'promote-zone',
    inputs: { zone: 'us-east-1a', version: '1.1.0' },
    fleet: 'fleet.yml',
    exitCode: 0,
    after: 'deploy-zone',
  },
  /** Its first host fails the smoke test and goes back to the release before. */
  'deploy-broken': {
    bundle: 'deploy-zone',
    inputs: { ...DEPLOY, version: '1.1.1-broken' },
    fleet: 'fleet.yml',
    exitCode: 1,
  },
  /** Both hosts at once, members of an Auto Scaling group. */
  'deploy-standby': { bundle: 'deploy-zone', inputs: DEPLOY, fleet: 'fleet-standby.yml', exitCode: 0 },
  'deploy-suspend': { bundle: 'deploy-zone', inputs: DEPLOY, fleet: 'fleet-suspend.yml', exitCode: 0 },
};
