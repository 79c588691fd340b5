import { cpus } from 'node:os';
import { startBenchService } from './bench-service.js';
import { Load } from './load.js';
import { measureEnrolments, measureFloor, measureStatements, measureWaiting } from './measure.js';
import { percentiles, rounded } from './percentiles.js';

const warmUp = 500;
const enrolments = 2_000;
const atOnce = 64;
const alone = 200;
const waiting = 1_000;
const counted = 200;

/** What must hold (milliseconds of the server's processor time for each enrolment). */
const mostServerMs = 3;

/** Runs the bench and prints its figures. @returns the exit status: 0 when all enrolments were made at no more than they may cost */
export async function bench(asJson: boolean): Promise<number> {
  const say = (line: string): void => {
    if (!asJson) process.stdout.write(`${line}\n`);
  };
  await using load = new Load(warmUp + enrolments + alone + waiting + counted + 1 + 2 * (warmUp + enrolments));
  await load.ready();
  say(`${cpus().length} x ${cpus()[0]?.model ?? 'processor'}, Node ${process.versions.node}`);
  const floorMs = (await measureFloor(load, warmUp, enrolments, atOnce)) / enrolments;
  const figures = await measureService(load);
  const { statements, roundTrips } = await measureStatements(load, counted);
  const { main, cost, single, held } = figures;
  const failed = [main, single, held.result].reduce((sum, { outcomes }) => sum + lostOf(outcomes), 0);
  const serverMs = cost.server / enrolments;
  const report = {
    enrolments,
    atOnce,
    failed,
    serverMsEach: rounded(serverMs),
    floorMsEach: rounded(floorMs),
    postgresMsEach: rounded(cost.postgres / enrolments),
    enrolmentsPerSecond: Math.round(enrolments / (main.elapsedMs / 1000)),
    statementsEach: rounded(statements),
    roundTripsEach: rounded(roundTrips),
    bytesPerWaitingSession: Math.round(held.bytesEach),
    sessionMs: { atOnce: percentiles(main.sessions), alone: percentiles(single.sessions) },
    stepMs: { atOnce: stepsOf(main.steps), alone: stepsOf(single.steps) },
  };
  if (asJson) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  say(`${enrolments} enrolments (RSA 2048), ${atOnce} at once, after ${warmUp}: ${failed} lost or failed`);
  say(
    `processor time each: server ${report.serverMsEach} ms (may be ${mostServerMs}), a bare TLS server with one signature ${report.floorMsEach} ms`,
  );
  say(`                     PostgreSQL ${report.postgresMsEach} ms beside it`);
  say(`${report.enrolmentsPerSecond} enrolments/s, load generator and PostgreSQL on the same machine`);
  say(`statements each ${report.statementsEach}, round trips to PostgreSQL each ${report.roundTripsEach}`);
  say(`${waiting} phones making their key: ${report.bytesPerWaitingSession} bytes of resident memory each`);
  for (const [what, steps, session] of [
    [`${atOnce} at once`, report.stepMs.atOnce, report.sessionMs.atOnce],
    ['one at a time', report.stepMs.alone, report.sessionMs.alone],
  ] as const) {
    say(`${what}: session p50 ${session.p50} ms, p99 ${session.p99} ms; our own steps:`);
    for (const [name, { p50, p99 }] of Object.entries(steps)) say(`  ${name.padEnd(46)} p50 ${p50} ms, p99 ${p99} ms`);
  }
  const holds = failed === 0 && serverMs <= mostServerMs;
  if (!holds) say('What must hold does not.');
  return holds ? 0 : 1;
}

async function measureService(load: Load) {
  await using service = await startBenchService();
  await measureEnrolments(service, load, warmUp, atOnce);
  const { result: main, cost } = await measureEnrolments(service, load, enrolments, atOnce);
  const { result: single } = await measureEnrolments(service, load, alone, 1);
  const held = await measureWaiting(service, load, waiting);
  return { main, cost, single, held };
}

function lostOf(outcomes: Readonly<Record<string, number>>): number {
  const { installed: _, ...others } = outcomes;
  return Object.values(others).reduce((sum, count) => sum + count, 0);
}

function stepsOf(steps: Readonly<Record<string, readonly number[]>>) {
  return Object.fromEntries(Object.entries(steps).map(([name, values]) => [name, percentiles(values)]));
}
