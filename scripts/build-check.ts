import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Builds the bundles anew and fails when they differ from the committed ones, be it by a file too many. */
const root = resolve(import.meta.dirname, '..');
execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'inherit' });
const changes = execFileSync('git', ['status', '--porcelain', '--untracked-files=all', '--', 'dist'], {
  cwd: root,
  encoding: 'utf8',
});
if (changes !== '') {
  console.error(
    `dist differs from what the sources give: run \`npm run build\` and commit dist.\n${changes}`,
  );
  process.exit(1);
}
console.log('dist is what the sources give.');
