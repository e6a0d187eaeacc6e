import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Ledger } from '../../src/ledger/document.ts';
import { parseLedger, renderLedger } from '../../src/ledger/parse.ts';
import { UserError } from '../../src/runner/errors.ts';
import { AT, EMPTY, release, steps, take } from './course.ts';

const PLACE = { place: 's3://acme-releases/ledger.json', service: 'storefront' };
const LEDGER = take(EMPTY, {
  kind: 'begin',
  zone: 'a',
  release: release(1),
  runId: 1,
  rollBack: false,
});

function refused(text: string): string {
  try {
    parseLedger(text, PLACE);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('the ledger was accepted');
}

/** The ledger with one text in it replaced; fails when the text is not there. */
function edited(from: string, to: string): string {
  const text = renderLedger(LEDGER);
  if (!text.includes(from)) throw new Error(`${from} is not in the ledger`);
  return text.replace(from, to);
}

test('whatever becomes of a ledger reads back as it was written', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const ledger = sequence.reduce<Ledger>((now, step) => {
        try {
          return take(now, step);
        } catch {
          return now;
        }
      }, EMPTY);
      expect(parseLedger(renderLedger(ledger), PLACE)).toEqual(ledger);
    }),
  );
});

describe('what is no ledger is refused with what is there, and left alone', () => {
  test.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['{"schema":1,', 'it is not JSON'],
    ['<html>', 'it is not JSON'],
    ['null', 'expected object'],
    ['[]', 'expected object'],
    ['{}', 'schema: '],
    [edited('"deploying"', '"deplyoing"'), 'zones.a.state: '],
    [edited('"1111', '"111'), 'zones.a.release.sha256: expected 64 lower-case hexadecimal digits'],
    [edited('"ordinal": 1', '"ordinal": 1.5'), 'zones.a.release.ordinal: '],
    [edited(AT, 'yesterday'), 'zones.a.began: expected an ISO 8601 time'],
    [edited('"a": {', '"A zone": {'), 'zones.A zone: Invalid key'],
    [edited('"runId"', '"lock": "me", "runId"'), 'lock'],
    [edited('"schema": 1', '"schema": 0'), 'schema: '],
  ])('%j', (text, seen) => {
    const message = refused(text);
    expect(message).toMatch(/^s3:\/\/acme-releases\/ledger\.json is not a ledger that can be read: /);
    expect(message).toContain(seen);
    expect(message).toContain('Nothing was touched. Restore an earlier version of it.');
    expect(message.length).toBeLessThan(700);
  });

  test('one of a newer version', () => {
    expect(refused(edited('"schema": 1', '"schema": 2'))).toMatch(
      /has schema 2, this version knows 1: .+ Nothing was touched\. Use that version/,
    );
  });

  test('one of another service', () => {
    expect(refused(edited('"storefront"', '"warehouse"'))).toMatch(
      /is that of the service warehouse, expected storefront\. Nothing was touched\. Give each service/,
    );
  });
});
