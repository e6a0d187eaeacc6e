#!/usr/bin/env node
// Runs the sources with the Node of node_modules in a clone, and the bundle where Zonewise is installed as a package: Node
// reads no TypeScript below node_modules.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const words = process.argv.slice(2);

if (root.split(sep).includes('node_modules') || !existsSync(node)) {
  await import('../dist/zonewise/index.js');
} else {
  const child = spawn(node, [join(root, 'src', 'cli', 'zonewise.ts'), ...words], { stdio: 'inherit' });
  // After Ctrl-C the command hears of it twice, which it does not mind; other senders reach this process alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
