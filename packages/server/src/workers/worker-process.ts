// What a worker runs: packages one after the other, since Node opens all files of what it imports at once.
for (const name of ['@opencapf/protocol', '@opencapf/pki', '@opencapf/store', '@opencapf/authority']) {
  await import(name);
}
const { runWorker } = await import('./worker.js');
process.exit(await runWorker());
