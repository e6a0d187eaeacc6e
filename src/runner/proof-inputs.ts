import { optional, withDefault } from './inputs.ts';
import { hostUrl, type Kind, marker, sha256, version } from './kinds.ts';

/** Which release must serve, and where a process says which one it is. */
export const IDENTITY_INPUTS = {
  'expect-version': optional(version()),
  'expect-sha256': optional(sha256()),
  'identity-url': optional(hostUrl()),
  'identity-version': withDefault(marker('version'), 'version'),
  'identity-digest': withDefault(marker('digest'), 'digest'),
};

/** Checks as YAML, or the path of their file. What is a URL may hold a secret. */
export function writtenChecks(): Kind<string> {
  return {
    expected: 'a list of checks as YAML, or the path of a .yml file',
    example: '.github/checks.yml',
    parse(value) {
      if (!/^\w+:\/\/\S*$/.test(value)) return { value };
      return /[@?]/.test(value) ? { wrong: true, secret: true } : { wrong: true };
    },
  };
}
