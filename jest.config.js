import { join } from 'node:path';

// What is run from its source (entries, ranges in processes of their own) is compiled once, not every time.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

export default {
  testEnvironment: 'node',
  // Also on two cores, where Jest would take one: most of these tests wait for something. What waits longest of all begins
  // its cases at the same time by itself (test/at-once.ts).
  maxWorkers: 3,
  // Nothing is judged by its time; a machine that does other things as well only must not be called broken.
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/sequencer.js',
  setupFilesAfterEnv: ['<rootDir>/test/retry.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};
