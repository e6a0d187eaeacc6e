import { expect, test } from '@jest/globals';
import { shortened } from '../../src/notify/shortened.ts';

test.each(['x', 'ü', '→', '🚨'])(
  'a text of %s is cut between two characters, and only when it has to be',
  (each) => {
    for (let limit = 60; limit < 72; limit += 1) {
      const fits = each.repeat(Math.floor(limit / Buffer.byteLength(each)));
      expect(shortened(fits, limit)).toBe(fits);
      const cut = shortened(fits + each, limit);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
      expect(Buffer.byteLength(cut)).toBeGreaterThan(limit - 4);
      expect(cut).not.toContain('\uFFFD');
      expect(cut).toContain('… (cut: ');
    }
  },
);
