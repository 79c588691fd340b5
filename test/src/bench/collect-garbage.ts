// Preloaded into a service of the bench (`--import`), so that what is held can be told from what is not collected yet.

// Without --expose-gc, or in another program than the service, there is nothing to do.
const collect = globalThis.gc as
  | undefined
  | ((how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void);
if (collect !== undefined && process.argv.includes('serve')) {
  process.on('SIGUSR2', () => collect({ type: 'major', flavor: 'last-resort' }));
}
