import type { Ledger, ReleaseKey } from '../../../src/ledger/document.ts';
import { changeLedger } from '../../../src/ledger/ledger.ts';
import { zoneBegan, zoneEnded } from '../../../src/ledger/order.ts';
import {
  type AdmissionPorts,
  type AdmissionRequest,
  orderProblems,
} from '../../../src/operations/admission/admit.ts';
import { askPeople } from '../../../src/operations/admission/ask-people.ts';
import { proveZone } from '../../../src/operations/plan/prove-zone.ts';
import { deploy } from '../zone.ts';
import { releaseOf } from './order-hosts.ts';
import type { Deploy } from './order-model.ts';

/** What a planted admission looks at. */
type Parts = { readonly people: boolean; readonly order: boolean; readonly proof: boolean };

/** Planted admissions, each of which leaves out one thing. */
export const withoutProof = planted({ people: true, order: true, proof: false });
export const withoutOrder = planted({ people: true, order: false, proof: true });
export const withoutPeople = planted({ people: false, order: true, proof: true });

function planted(parts: Parts): Deploy {
  return async (ports, request) => {
    const { fleet, zone, version, runId } = request;
    const context = ports.regions(zone.region);
    const { clock, signal, run } = context;
    const release = releaseOf(version, request.ordinal);
    if (parts.people) {
      const verdict = await askPeople(context, ports.github, { ...request, patient: true });
      if (verdict.kind !== 'approved') return;
    }
    if (parts.proof && !(await provenBefore(ports, request, release))) return;
    const said = { zone: zone.zone, run, runId };
    const now = () => new Date(clock.now()).toISOString();
    await changeLedger(
      ports.ledger,
      fleet.service,
      (ledger) => {
        if (parts.order && orderProblems(ledger, request, release).length > 0)
          throw new Error('not in order');
        return zoneBegan(ledger, { ...said, release, at: now() });
      },
      { clock, signal },
    );
    const report = await deploy(context, { fleet, zone: zone.zone, version, dryRun: false });
    const state = report.state === 'stopped' ? 'stopped' : 'deployed';
    const end = (ledger: Ledger) => zoneEnded(ledger, { ...said, state, at: now() });
    await changeLedger(ports.ledger, fleet.service, end, { clock, signal });
  };
}

async function provenBefore(
  ports: AdmissionPorts,
  { fleet, zone }: AdmissionRequest,
  release: ReleaseKey,
): Promise<boolean> {
  const earlier = fleet.zones.slice(0, fleet.zones.indexOf(zone));
  const found = await Promise.all(
    earlier.map((each) => proveZone(ports.regions(each.region), fleet, each, release)),
  );
  return found.flat().length === 0;
}
