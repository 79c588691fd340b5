// `npm test [-- FILTER ...]`: installs, builds, starts one database server for all, runs every test file, counts. Soaks, which
// take minutes each, are run where they are asked for: `npm run soak`, or a filter that names them.
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { prepare, root } from '../packages/cli/bin/prepare.js';

const filters = process.argv.slice(2);
const everything = join('test', 'dist', sep);
await prepare();
const { startTestServer } = await import('@opencapf/store/testing');

const rooms = [...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)), join(root, 'test')];
// The list is made from the sources, so that what an old build left behind is not run.
const files = rooms
  .flatMap((room) =>
    readdirSync(join(room, 'src'), { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(room, 'dist', name.replace(/\.ts$/, '.js'))),
  )
  .filter((file) => {
    const path = relative(root, file);
    const named = filters.filter((filter) => path.includes(filter));
    // A soak is not meant by what names all of `test/`.
    if (path.startsWith(join(everything, 'soaks'))) return named.some((filter) => !everything.includes(filter));
    return filters.length === 0 || named.length > 0;
  })
  .sort();

const grouped = groupFiles(files);
const runId = randomUUID();
const server = await startTestServer(process.env.DATABASE_URL, true);
process.env.OPENCAPF_TEST_SERVER = server.url;
process.env.OPENCAPF_TEST_RUN = runId;

const counts = { passed: 0, failed: 0, skipped: 0 };
const interrupted = new AbortController();
// Each file's run listens to it, all at once.
setMaxListeners(0, interrupted.signal);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());

// A soak or a fuzz that somebody lets run for longer has as much more time.
const longer = ['OPENCAPF_SOAK_SECONDS', 'OPENCAPF_FUZZ_SECONDS'].map((name) => Number(process.env[name] ?? 0) * 1_000);
longer.push(Number(process.env.OPENCAPF_SOAK_PHONES ?? 0) * 1_000);
const timeout = 600_000 + Math.max(...longer);
// One more than there are processors: many tests wait for what takes its time, such as a node that falls silent.
const concurrency = availableParallelism() + 1;
const events = run({ files: grouped.files, concurrency, timeout, signal: interrupted.signal });
events.on('test:pass', ({ skip, details }) => {
  if (details.type === 'suite') return;
  if (skip) counts.skipped += 1;
  else counts.passed += 1;
});
events.on('test:fail', ({ details }) => {
  if (details.type !== 'suite') counts.failed += 1;
});
await new Promise((resolve) => {
  events.compose(spec).on('end', resolve).pipe(process.stdout, { end: false });
});

const leftovers = runningProcesses(runId);
for (const { pid, command } of leftovers) process.stdout.write(`left running by a test: ${pid} ${command}\n`);
counts.failed += leftovers.length;
if (files.length === 0 || counts.passed === 0) {
  process.stdout.write('no test was run\n');
  counts.failed += 1;
}
await server.stop();
grouped.remove();

if (process.env.OPENCAPF_TEST_COUNTS) writeFileSync(process.env.OPENCAPF_TEST_COUNTS, JSON.stringify(counts));
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(counts.failed === 0 && !interrupted.signal.aborted ? 0 : 1);

/**
 * Files of one package share a few processes: loading what a package's tests import takes longer than most of them. Those of
 * `test/`, which start services of their own, have a process each, and come first: the longest of them decide when all is over.
 */
function groupFiles(all) {
  const most = 12;
  const directory = mkdtempSync(join(tmpdir(), 'opencapf-test-groups-'));
  const alone = [];
  const groups = [];
  for (const room of rooms) {
    const own = all.filter((file) => file.startsWith(`${room}${sep}`));
    const isAlone = relative(root, room) === 'test';
    const count = isAlone ? own.length : Math.ceil(own.length / most);
    // Where keys are the point they are made as they are in earnest.
    const before = basename(room) === 'pki' ? [] : [join(root, 'test', 'kept-primes.js')];
    for (let which = 0; which < count; which += 1) {
      const group = join(directory, `${basename(room)}-${which + 1}.mjs`);
      const members = own.filter((_, index) => index % count === which);
      writeFileSync(
        group,
        [...before, ...members].map((file) => `await import(${JSON.stringify(pathToFileURL(file).href)});\n`).join(''),
      );
      (isAlone ? alone : groups).push(group);
    }
  }
  return { files: [...alone, ...groups], remove: () => rmSync(directory, { recursive: true }) };
}

/** Processes that a test of this run started and did not end: they carry the run's id in their environment. */
function runningProcesses(id) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`OPENCAPF_TEST_RUN=${id}`)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
        return command === '' ? [] : [{ pid, command }];
      } catch {
        return []; // it ended while we looked, or belongs to somebody else
      }
    });
}
