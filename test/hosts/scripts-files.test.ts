import { lutimes, utimes } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { encodedField } from '../../src/hosts/answer.ts';
import { CLEAR_RECORD_SCRIPT, RECORD_SCRIPT } from '../../src/hosts/scripts/record.ts';
import { STATUS_SCRIPT } from '../../src/hosts/scripts/status.ts';
import { startMachine } from './machine.ts';
import { findShells } from './shells.ts';

const DIRECTORY = '/srv/the web';
const RECORD = '/var/lib/zonewise/out-of-service.json';
const NOTHING = { version: '', sha256: '', ordinal: null, switchedAt: null, previous: '', record: '' };

describe.each(findShells())('in $name', (shell) => {
  describe('STATUS', () => {
    test('of a machine that has nothing is empty', async () => {
      await using machine = await startMachine(shell);
      expect(await machine.ask(STATUS_SCRIPT, DIRECTORY)).toEqual(NOTHING);
    });

    test('tells what current points to, and its digest', async () => {
      await using machine = await startMachine(shell);
      const note =
        '{"version":"1.4.2+7","sha256":"c0ffee","ordinal":17,"installed_at":"2026-11-02T10:00:00Z","run":"x"}\n';
      await machine.write(`${DIRECTORY}/releases/1.4.2+7/.release.json`, note);
      await machine.link(`${DIRECTORY}/current`, 'releases/1.4.2+7');
      await machine.link(`${DIRECTORY}/previous`, 'releases/1.4.1');
      const release = { version: '1.4.2+7', sha256: 'c0ffee', ordinal: 17, previous: '1.4.1' };
      const switchedAt = expect.any(Number);
      expect(await machine.ask(STATUS_SCRIPT, DIRECTORY)).toEqual({ ...NOTHING, ...release, switchedAt });
    });

    test('tells since when current points there: of the link itself, not of the release', async () => {
      await using machine = await startMachine(shell);
      await machine.write(`${DIRECTORY}/releases/1.0/.release.json`, '{}');
      await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
      await lutimes(machine.at(`${DIRECTORY}/current`), 1_700_000_000, 1_700_000_000.9);
      expect(await machine.ask(STATUS_SCRIPT, DIRECTORY)).toMatchObject({ switchedAt: 1_700_000_000 });
      await utimes(machine.at(`${DIRECTORY}/releases/1.0`), 1_600_000_000, 1_600_000_000);
      expect(await machine.ask(STATUS_SCRIPT, DIRECTORY)).toMatchObject({ switchedAt: 1_700_000_000 });
    });

    test('tells the version of a release whose digest nobody noted, even of one that is gone', async () => {
      await using machine = await startMachine(shell);
      await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
      const found = { ...NOTHING, version: '1.0', switchedAt: expect.any(Number) };
      expect(await machine.ask(STATUS_SCRIPT, DIRECTORY)).toEqual(found);
    });

    test('is no release when current is a folder instead of a link', async () => {
      await using machine = await startMachine(shell);
      await machine.write(`${DIRECTORY}/current/file`, '');
      expect(await machine.ask(STATUS_SCRIPT, DIRECTORY)).toEqual(NOTHING);
    });
  });

  describe('the record of being out of service', () => {
    test('comes back byte for byte, and is gone when cleared', async () => {
      await using machine = await startMachine(shell);
      const record = `{"reason":"it's \\"$(id)\\" %s \\\\n ünïcode","long":"${'x'.repeat(9_000)}"}`;
      expect(await machine.ask(RECORD_SCRIPT, record)).toEqual({ recorded: true });
      expect(await machine.read(RECORD)).toBe(record);
      expect(encodedField(await machine.ask(STATUS_SCRIPT, DIRECTORY), 'record')).toBe(record);
      expect(await machine.ask(CLEAR_RECORD_SCRIPT)).toEqual({ cleared: true });
      expect(await machine.ask(STATUS_SCRIPT, DIRECTORY)).toEqual(NOTHING);
      expect(await machine.list('/var/lib/zonewise')).toEqual([]);
    });

    test('is replaced by a later one, and clearing twice does no harm', async () => {
      await using machine = await startMachine(shell);
      await machine.ask(RECORD_SCRIPT, '{"n":1}');
      await machine.ask(RECORD_SCRIPT, '{"n":2}');
      expect(await machine.read(RECORD)).toBe('{"n":2}');
      expect(await machine.list('/var/lib/zonewise')).toEqual(['out-of-service.json']);
      await machine.ask(CLEAR_RECORD_SCRIPT);
      expect(await machine.ask(CLEAR_RECORD_SCRIPT)).toEqual({ cleared: true });
    });

    test('fails when it cannot be written', async () => {
      await using machine = await startMachine(shell);
      await machine.write('/var/lib/zonewise', 'a file where the folder should be');
      const { code, stdout, stderr } = await machine.run(RECORD_SCRIPT, '{}');
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toContain('zonewise');
    });
  });
});
