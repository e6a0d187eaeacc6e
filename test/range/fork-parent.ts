import { dirname, join } from 'node:path';
import { loadFleet } from '../../src/fleet/load.ts';
import { forkRange } from '../../src/range/fork.ts';

/** Starts a range from the fleet file that it is given, says what runs, and waits to be ended. */
const [, , file = ''] = process.argv;
const range = await forkRange({
  fleet: await loadFleet(file),
  fleetFolder: dirname(file),
  folder: join(dirname(file), 'range'),
  seed: 1,
  faults: [],
});
console.log(JSON.stringify((await range.hosts()).map((host) => host.process)));
await range.ended;
