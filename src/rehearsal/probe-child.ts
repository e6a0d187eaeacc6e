import http from 'node:http';
import { type Load, startLoad } from './probe-load.ts';
import { ask } from './probe-request.ts';
import type { ProbeOrder, ProbeReport, Sample } from './probe-sample.ts';

/** Milliseconds between two reports to the rehearsal. */
const REPORT_INTERVAL = 250;

// Ctrl-C in a terminal reaches every process of the group; the rehearsal decides when the probe ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

let load: Load | undefined;
let samples: Sample[] = [];
const reporter = setInterval(flush, REPORT_INTERVAL);
reporter.unref();

process.on('message', (order: ProbeOrder) => void obey(order));
report({ kind: 'ready' });

async function obey(order: ProbeOrder): Promise<void> {
  switch (order.kind) {
    case 'start':
      load = startLoad(order.options, (sample) => samples.push(sample));
      return;
    case 'stop':
      await load?.stop();
      flush();
      report({ kind: 'stopped' });
      return;
    case 'control':
      report({ kind: 'control', outcome: await control(order.url, order.timeout) });
      return;
  }
}

/** The very code that measures the service, sent where nothing can answer. */
async function control(url: string, timeout: number): Promise<Sample['outcome']> {
  const agent = new http.Agent();
  const answer = await ask({ url, agent, timeout, versionHeader: 'x-version' });
  agent.destroy();
  return answer.outcome;
}

function flush(): void {
  if (samples.length === 0) return;
  report({ kind: 'samples', samples });
  samples = [];
}

function report(message: ProbeReport): void {
  process.send?.(message);
}
