import type { HostReport } from '../upgrade/host-report.ts';

/**
 * Hosts that were seen in service again, and those that were replaced by one that was: none of them is out. Of a host that
 * was not touched nothing is known but that it was not this time.
 */
export function servingBy(reports: readonly HostReport[]): readonly string[] {
  return reports.flatMap(({ host, successor, outcome }) => {
    if (outcome === 'held' || outcome === 'untouched') return [];
    return successor === undefined ? [host] : [host, successor];
  });
}
