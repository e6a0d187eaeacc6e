import { expect, test } from '@jest/globals';
import { createView, type View } from '../../../src/range/dns/lookup.ts';
import { createReplica } from '../../../src/range/dns/replica.ts';

const [OLD, NEW, NEWEST] = ['old.test.', 'new.test.', 'newest.test.'].map((zone) => createView(zone, [])) as [
  View,
  View,
  View,
];

function replicaAt(start: number) {
  let now = start;
  return {
    replica: createReplica(OLD, () => now),
    at(time: number) {
      now = time;
    },
  };
}

test('a state arrives after its delay, not before', () => {
  const { replica, at } = replicaAt(100);
  replica.take(NEW, 50);
  expect(replica.view()).toBe(OLD);
  at(149);
  expect(replica.view()).toBe(OLD);
  at(150);
  expect(replica.view()).toBe(NEW);
});

test('what was published later does not arrive earlier', () => {
  const { replica, at } = replicaAt(0);
  replica.take(NEW, 50);
  replica.take(NEWEST, 10);
  at(10);
  expect(replica.view()).toBe(OLD);
  at(50);
  expect(replica.view()).toBe(NEWEST);
  at(1_000);
  expect(replica.view()).toBe(NEWEST);
});

test('a stuck one stays with what it knew, and then takes what it missed', () => {
  const { replica, at } = replicaAt(0);
  replica.take(NEW, 50);
  replica.stick();
  at(1_000);
  replica.take(NEWEST, 10);
  expect(replica.view()).toBe(OLD);
  at(2_000);
  expect(replica.view()).toBe(OLD);
  replica.unstick();
  expect(replica.view()).toBe(NEWEST);
  replica.take(NEW, 0);
  expect(replica.view()).toBe(NEW);
});
