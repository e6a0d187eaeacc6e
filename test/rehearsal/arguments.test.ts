import { describe, expect, test } from '@jest/globals';
import { parseRehearseArguments, REHEARSE_HELP } from '../../src/cli/rehearse-arguments.ts';
import { FAULTS } from '../../src/rehearsal/faults.ts';

test('without words it rehearses the example, asks, and uses seed 1', () => {
  expect(parseRehearseArguments([])).toEqual({ help: false, yes: false, seed: 1, faults: [] });
});

test('reads every option', () => {
  const words =
    'fleet.yml --to 2.0.0 --yes --json v.json --report r.html --seed 42 --fault dead-agent --fault skip-quiet';
  const { faults, ...rest } = parseRehearseArguments(words.split(' '));
  expect(rest).toEqual({
    ...{ help: false, fleetFile: 'fleet.yml', to: '2.0.0', yes: true, seed: 42 },
    ...{ jsonFile: 'v.json', reportFile: 'r.html' },
  });
  expect(faults.map(({ name }) => name)).toEqual(['skip-quiet', 'dead-agent']);
});

describe('a mistake is named with its cure', () => {
  test.each<[string, RegExp]>([
    ['--speed 3', /'--speed'.*--help/s],
    ['--seed -1', /--seed/],
    ['--seed=1.5', /--seed is "1\.5".*whole number/],
    ['--seed=4294967296', /from 0 to 4294967295/],
    ['--json=', /--json is empty/],
    ['--to', /--to/],
    ['--yes=no', /--yes/],
    ['a.yml b.yml', /a\.yml and b\.yml/],
  ])('%s', (words, message) => {
    expect(() => parseRehearseArguments(words.split(' '))).toThrow(message);
  });

  test('unknown faults, all at once, with the list of those there are', () => {
    const parse = () =>
      parseRehearseArguments(['--fault', 'fire', '--fault', 'skip-quiet', '--fault', 'flood']);
    expect(parse).toThrow('"fire", "flood"');
    for (const { name } of FAULTS) expect(parse).toThrow(name);
  });
});

test('the help names every fault and every exit code', () => {
  for (const { name } of FAULTS) expect(REHEARSE_HELP).toContain(name);
  expect(REHEARSE_HELP).toMatch(/0 when .* 130 after Ctrl-C, 1 otherwise/);
});
