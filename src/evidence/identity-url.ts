import type { Identity } from '../fleet/fleet.ts';

/** A URL as it is recorded: without its query, which may be a signature. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '?…');
}

/** Whether a recorded URL is one at which a host's process says who it is. */
export function isIdentityUrl(identity: Identity | undefined, url: string): boolean {
  if (identity === undefined) return false;
  const pattern = withoutQuery(identity.url)
    .split(/(\{address\}|\{port\})/)
    .map((part) => (part === '{address}' ? '[^/?#]+' : part === '{port}' ? '[0-9]+' : escaped(part)))
    .join('');
  return new RegExp(`^${pattern}$`).test(withoutQuery(url));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
