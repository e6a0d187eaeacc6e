import type { CommandCheck, HttpCheck } from '../../src/checks/check.ts';

/** A check of the start page as the defaults make it. */
export function httpCheck(changes: Partial<HttpCheck> = {}): HttpCheck {
  return {
    type: 'http',
    name: 'home',
    method: 'GET',
    path: '/',
    headers: {},
    status: [{ from: 200, to: 200 }],
    header: {},
    text: [],
    json: [],
    within: 2_000,
    redirects: 'refuse',
    tls: 'verify',
    ...changes,
  };
}

/** A check that a program of the release ends well. */
export function commandCheck(changes: Partial<CommandCheck> = {}): CommandCheck {
  return {
    type: 'command',
    name: 'database',
    run: './bin/check-database',
    exitCode: 0,
    text: [],
    within: 10_000,
    ...changes,
  };
}
