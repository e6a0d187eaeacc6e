import { UserError } from '../runner/errors.ts';

/** What stands behind the `@` of a `uses:`: a full commit, and its version when a comment names it. */
export interface Pin {
  readonly commit: string;
  readonly version?: string;
}

/** Pins by `owner/repository`. */
export type Pins = ReadonlyMap<string, Pin>;

/** Where a workflow finds Zonewise: in its own repository at the commit that runs, or in another one. */
export type Suite = 'own' | { readonly repository: string; readonly pin: Pin };

export const CHECKOUT = 'actions/checkout';
export const CREDENTIALS = 'aws-actions/configure-aws-credentials';

/** The actions of others in a workflow, in the versions that Zonewise's own workflows use. */
export const PINS: Pins = new Map([
  [CHECKOUT, { commit: 'de0fac2e4500dabe0009e67214ff5f5447ce83dd', version: 'v6.0.2' }],
  [CREDENTIALS, { commit: 'e6de054238d6b7531b4efff3b6587d9aade6a06c', version: 'v6.2.3' }],
]);

/** The path, in its repository, of the workflow that a zone's job calls. */
export const ZONE_WORKFLOW = '.github/workflows/zone.yml';

const VERSION = String.raw`(?:\s*#\s*(?<version>v\d+(?:\.\d+){0,2}))?`;
const REPOSITORY = String.raw`(?<repository>[\w.-]+\/[\w.-]+)`;
const COMMIT = '(?<commit>[0-9a-f]{40})';

/**
 * Reads `--suite`: `OWNER/REPO@<40 hexadecimal digits>`, and the version as ` # v1.2.3` behind it when it is to stand there.
 *
 * @throws UserError when it is anything else, a tag or a branch included
 */
export function parseSuite(text: string): Suite {
  const { repository, commit, version } =
    new RegExp(`^${REPOSITORY}@${COMMIT}${VERSION}$`).exec(text.trim())?.groups ?? {};
  if (repository !== undefined && commit !== undefined) return { repository, pin: pinOf(commit, version) };
  throw new UserError(
    `--suite is "${text}", expected OWNER/REPO@COMMIT with all 40 digits of the commit, since tags and branches can be ` +
      'moved: write for example --suite "zonewise/zonewise@<commit> # v1.2.3".',
  );
}

/** What the `uses:` of a workflow are pinned to. */
export function pinsIn(workflow: string): Pins {
  const uses = new RegExp(`uses:\\s*${REPOSITORY}(?:\\/\\S*)?@${COMMIT}${VERSION}[ \\t]*$`, 'gm');
  const pins = new Map<string, Pin>();
  for (const { groups } of workflow.matchAll(uses)) {
    const { repository, commit, version } = groups ?? {};
    if (repository !== undefined && commit !== undefined) pins.set(repository, pinOf(commit, version));
  }
  return pins;
}

/** The suite that a workflow calls for its zones; none when it calls none. */
export function suiteIn(workflow: string): Suite | undefined {
  const called = new RegExp(
    String.raw`uses:\s*(?<owner>\$|${REPOSITORY})\/${escaped(ZONE_WORKFLOW)}(?:@|\s|$)`,
  ).exec(workflow)?.groups;
  if (called === undefined) return undefined;
  const { owner, repository } = called;
  if (owner === '$') return 'own';
  const pin = repository === undefined ? undefined : pinsIn(workflow).get(repository);
  return repository === undefined || pin === undefined ? undefined : { repository, pin };
}

/** What to write behind `uses:` for an action of others. */
export function pinned(pins: Pins, action: string): string {
  const pin = pins.get(action) ?? PINS.get(action);
  if (pin === undefined) throw new TypeError(`${action} has no pin`);
  return `${action}@${shown(pin)}`;
}

/** What to write behind `uses:` for a part of the suite, such as `actions/plan-zones`. */
export function partOf(suite: Suite, path: string): string {
  return suite === 'own' ? `$/${path}` : `${suite.repository}/${path}@${shown(suite.pin)}`;
}

function pinOf(commit: string, version: string | undefined): Pin {
  return version === undefined ? { commit } : { commit, version };
}

function shown({ commit, version }: Pin): string {
  return version === undefined ? commit : `${commit} # ${version}`;
}

function escaped(text: string): string {
  return text.replaceAll('.', String.raw`\.`);
}
