import type { GitHub } from '../github/port.ts';
import type { Edge } from './run-action.ts';

/** GitHub as this token sees it, loaded only then; none without a token. */
export async function openGitHub({ env }: Edge, token: string | undefined): Promise<GitHub | undefined> {
  if (token === undefined) return undefined;
  const { createGitHub } = await import('../github/rest.ts');
  return createGitHub({ token, env });
}
