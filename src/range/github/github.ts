import { once } from 'node:events';
import { createServer } from 'node:http';
import { UserError } from '../../runner/errors.ts';
import { ENDPOINTS } from './endpoints.ts';
import { createFaults } from './faults.ts';
import { removeEnvironment } from './jobs.ts';
import type { RangeEnvironment, RangeGitHubFault, RangeGitHubOptions, RangePermissions } from './options.ts';
import { type PlantedRun, plantRun, type RangeRun, startRun } from './run-controls.ts';
import { type Answered, answerRequest } from './server.ts';
import { createState, findEnvironment, putEnvironment, type State } from './state.ts';
import { createTokens } from './tokens.ts';

/** A running stand-in for GitHub's REST API, with one repository. It is the first run of its workflow as well. */
export interface RangeGitHub extends RangeRun {
  /** Always `http://127.0.0.1:port`. */
  readonly url: string;
  /** What a workflow gets as `github.token`. */
  readonly token: string;
  /** Every issue, with what people wrote below it. */
  readonly issues: readonly RangeIssue[];
  /** Every request so far. */
  readonly answered: readonly Answered[];
  /** A later run of the same workflow, of the same commit. */
  newRun(): RangeRun;
  /** @returns id of a run that nothing else happens to, older than all there are when not said otherwise */
  otherRun(run: PlantedRun): number;
  /**
   * Adds an environment or changes the one of this name. Jobs that have arrived go on as they began.
   *
   * @throws UserError for one that GitHub would not take
   */
  putEnvironment(environment: RangeEnvironment): void;
  /** @throws UserError when there is none of this name */
  removeEnvironment(name: string): void;
  addFault(fault: RangeGitHubFault): void;
  /** Token of a person, who has every permission and may review where the environment says so. */
  personalToken(login: string): string;
  stop(): Promise<void>;
}

export interface RangeIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly state: 'open' | 'closed';
  readonly comments: readonly string[];
}

/** What GitHub is asked for when something is deployed. */
export const USUAL_PERMISSIONS: RangePermissions = {
  actions: 'read',
  contents: 'read',
  deployments: 'read',
  issues: 'write',
};

/** As "Rate limits for GITHUB_TOKEN" has it, for a repository and an hour. */
const USUAL_LIMIT = 1_000;

/**
 * Starts a stand-in for GitHub in this process, on a free port of the loopback. What it does not model is answered 404 by
 * name.
 *
 * @throws UserError for options that GitHub would not take
 */
export async function startGitHub(options: RangeGitHubOptions = {}): Promise<RangeGitHub> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') {
      throw new Error(`expected GitHub's stand-in to listen on a TCP port, saw ${String(address)}`);
    }
    const state = createState(`http://127.0.0.1:${address.port}`, options);
    const { permissions = USUAL_PERMISSIONS, rateLimit = USUAL_LIMIT } = options;
    const service = {
      state,
      endpoints: ENDPOINTS,
      tokens: createTokens({ permissions, rateLimit, now: state.now }),
      faults: createFaults(options.faults ?? [], state.now),
      answered: [],
    };
    server.on('request', (request, response) => void answerRequest(service, request, response));
    let stopped: Promise<void> | undefined;
    return asGitHub(service, () => {
      stopped ??= stop();
      return stopped;
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

function asGitHub(
  { state, tokens, faults, answered }: Parameters<typeof answerRequest>[0],
  stop: () => Promise<void>,
): RangeGitHub {
  return {
    ...startRun(state),
    url: state.url,
    token: tokens.workflow,
    get issues() {
      return issuesOf(state);
    },
    get answered() {
      return [...answered];
    },
    newRun: () => startRun(state),
    otherRun: (run) => plantRun(state, run),
    putEnvironment: (environment) => void putEnvironment(state, environment),
    removeEnvironment(name) {
      if (findEnvironment(state, name) === undefined) {
        throw new UserError(`The range's GitHub has no environment ${name}.`);
      }
      removeEnvironment(state, name);
    },
    addFault: faults.add,
    personalToken: tokens.personal,
    stop,
  };
}

function issuesOf({ issues }: State): readonly RangeIssue[] {
  return issues.map(({ number, title, body, labels, state, comments }) => ({
    number,
    title,
    body,
    labels,
    state,
    comments: comments.map((comment) => comment.body),
  }));
}
