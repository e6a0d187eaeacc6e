import type { Observation } from '../../checks/check.ts';
import type { Ask } from '../../checks/question.ts';
import type { GateReading, GateSource } from '../bake/gates.ts';
import type { Edges } from '../context.ts';

/** How long one answer may take. */
const LIMIT = 10_000;
/** Characters of the body that are shown. */
const SHOWN = 2_048;

/**
 * A gate that is open while a URL answers any 2xx. A redirect is not followed: where it leads to is not the gate. What it
 * answers is shown in the log whenever it has changed.
 *
 * @param ask asks from the runner
 */
export function urlGate({ log }: Pick<Edges, 'log'>, ask: Ask, url: string): GateSource {
  const gate = `gate ${url}`;
  let shown = '';
  return {
    what: gate,
    gates: [gate],
    when: 'always',
    async read(_, signal) {
      const [answer] = await ask([{ host: 'runner', limit: LIMIT, question: { kind: 'http', url } }], signal);
      const reading = judge(gate, answer);
      if (reading.seen !== shown) log.info(reading.seen);
      shown = reading.seen;
      return [reading];
    },
  };
}

function judge(gate: string, answer: Observation | undefined): GateReading {
  if (answer?.kind !== 'http') {
    const why = answer?.kind === 'silent' ? answer.problem : 'nothing was asked';
    return { gate, state: 'closed', seen: `${gate} did not answer: ${why}`, again: true };
  }
  const open = answer.status >= 200 && answer.status < 300;
  const body = answer.body.slice(0, SHOWN).replaceAll(/\s+/g, ' ').trim();
  const cut = answer.body.length > SHOWN ? ' …' : '';
  const said = body === '' ? '' : `: ${body}${cut}`;
  const expected = open ? '' : ', expected 2xx';
  return {
    gate,
    state: open ? 'open' : 'closed',
    seen: `${gate} answered ${answer.status}${expected}${said}`,
    again: true,
  };
}
