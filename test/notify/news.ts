import type { News } from '../../src/notify/port.ts';

export function newsOf(changes: Partial<News> = {}): News {
  return {
    service: 'storefront',
    zone: 'us-east-1a',
    version: '1.1.0',
    state: 'stopped',
    title: 'storefront 1.1.0 stopped in us-east-1a',
    body: 'Host **i-1** failed its smoke test.',
    run: 'https://github.com/acme/storefront/actions/runs/1',
    ...changes,
  };
}
