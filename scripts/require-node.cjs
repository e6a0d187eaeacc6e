// Plain CommonJS without newer syntax, so that old runtimes get as far as the sentence.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    'Zonewise needs Node 24 or newer and this is ' +
      process.versions.node +
      ': run `npm ci` once, then use `npm run`.',
  );
  process.exit(1);
}
