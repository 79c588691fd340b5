import { startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { enrolled } from './enrolment.js';
import { Load } from './load.js';
import { rounded, type WorkerFigures } from './report.js';

const warmUp = 500;
const enrolments = 2_000;
const concurrency = 64;

/** Enrolments a second with one process and with two. */
export async function measureWorkers(): Promise<readonly WorkerFigures[]> {
  const figures: WorkerFigures[] = [];
  for (const workers of [1, 2]) {
    await using load = new Load();
    await using bench = await startBenchService({ settings: { OPENCAPF_WORKERS: String(workers) } });
    await enrolled(bench, load, warmUp * workers, concurrency);
    const { result, cost } = await enrolled(bench, load, enrolments, concurrency);
    const { failed, perSecond } = result;
    figures.push({
      ...circumstances(),
      ...{ workers, enrolments, failed },
      perSecond: Math.round(perSecond),
      serverMs: rounded(cost.server / enrolments),
    });
  }
  return figures;
}
