import type { IncomingMessage } from 'node:http';
import type {
  FixedResponseActionConfig,
  RedirectActionConfig,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type ForwardStep, REDIRECT_DEFAULTS, type Step, type WeightedGroup } from './actions.ts';
import type { TargetConnections } from './connections.ts';
import { type Routes, stepsFor } from './listener.ts';
import { pinnedGroup, pinningCookies } from './stickiness.ts';

/** What a node does with a request. */
export type Decision =
  | {
      readonly kind: 'send';
      readonly connections: TargetConnections;
      readonly targetGroup: string;
      /** Values of `Set-Cookie` that go with the answer. */
      readonly cookies: readonly string[];
    }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** Nothing can serve it; the target group is named when one was chosen. */
  | { readonly kind: 'refuse'; readonly targetGroup?: string };

/** What a decision is made with. */
export interface Choosing {
  /** Connections to the next target of a group; `undefined` when it has none. */
  readonly choose: (targetGroup: string) => TargetConnections | undefined;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Decides about a request at an application load balancer by what its node goes by. */
export function decide(request: IncomingMessage, routes: Routes, choosing: Choosing): Decision {
  const asked = partsOf(request);
  const step = stepsFor(routes, asked).at(-1);
  return step === undefined ? { kind: 'refuse' } : perform(step, asked, choosing);
}

/**
 * Chooses one of several target groups by weight; `undefined` when all weights are 0. What AWS does then is not
 * documented: the range sends no traffic, as it does for a target group without targets.
 */
export function chooseGroup(groups: readonly WeightedGroup[], random: () => number): string | undefined {
  const wanted = groups.filter(({ weight }) => weight > 0);
  if (wanted.length < 2) return wanted[0]?.targetGroup;
  let left = random() * wanted.reduce((sum, { weight }) => sum + weight, 0);
  return (
    wanted.find(({ weight }) => {
      left -= weight;
      return left < 0;
    }) ?? wanted.at(-1)
  )?.targetGroup;
}

interface AskedParts {
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
  readonly cookie: string | undefined;
}

function partsOf({ url = '/', headers, socket }: IncomingMessage): AskedParts {
  const [path = '/', ...query] = url.split('?');
  return {
    host: (headers.host ?? '').replace(/:\d+$/, ''),
    port: String(socket.localPort),
    path,
    query: query.join('?'),
    cookie: headers.cookie,
  };
}

function perform(step: Step, asked: AskedParts, choosing: Choosing): Decision {
  switch (step.kind) {
    case 'forward':
      return forward(step, asked, choosing);
    case 'redirect':
      return redirect(step.config, asked);
    case 'fixed-response':
      return fixedResponse(step.config);
    case 'authenticate':
      return { kind: 'refuse' };
  }
}

/** The group is chosen first: when it has no target the request fails, whatever the others could do. */
function forward(step: ForwardStep, { cookie }: AskedParts, { choose, random }: Choosing): Decision {
  const now = Date.now();
  const targetGroup = pinnedGroup(step, cookie, now) ?? chooseGroup(step.groups, random);
  if (targetGroup === undefined) return { kind: 'refuse' };
  const connections = choose(targetGroup);
  if (connections === undefined) return { kind: 'refuse', targetGroup };
  return { kind: 'send', connections, targetGroup, cookies: pinningCookies(step, targetGroup, now) };
}

function redirect(config: RedirectActionConfig, asked: AskedParts): Decision {
  const filled = (part: keyof typeof REDIRECT_DEFAULTS): string =>
    (config[part] ?? REDIRECT_DEFAULTS[part])
      .replaceAll('#{protocol}', 'http')
      .replaceAll('#{host}', asked.host)
      .replaceAll('#{port}', asked.port)
      .replaceAll('#{path}', asked.path.replace(/^\//, ''))
      .replaceAll('#{query}', asked.query);
  const query = filled('Query');
  const location = `${filled('Protocol').toLowerCase()}://${filled('Host')}:${filled('Port')}${filled('Path')}`;
  return {
    kind: 'answer',
    status: config.StatusCode === 'HTTP_301' ? 301 : 302,
    headers: { Location: query === '' ? location : `${location}?${query}` },
    body: '',
  };
}

function fixedResponse({ StatusCode, ContentType, MessageBody = '' }: FixedResponseActionConfig): Decision {
  return {
    kind: 'answer',
    status: Number(StatusCode),
    headers: { 'Content-Type': ContentType ?? 'text/plain' },
    body: MessageBody,
  };
}
