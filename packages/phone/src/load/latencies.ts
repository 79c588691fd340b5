import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** How long something took, in milliseconds. */
export interface Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** 99.9 of 100. */
  readonly p999: number;
  readonly max: number;
}

/** Ten hours, in microseconds: longer than any phone is waited for. */
const longest = 36_000_000_000;

/** Times by name, kept in HDR histograms: three digits of precision whatever their number, in little memory. */
export class Latencies {
  readonly #histograms = new Map<string, RecordableHistogram>();

  /** @param milliseconds - negative ones, of a clock that was set back, count as nothing */
  record(name: string, milliseconds: number): void {
    const histogram = this.#histograms.get(name) ?? createHistogram({ lowest: 1, highest: longest, figures: 3 });
    this.#histograms.set(name, histogram);
    histogram.record(Math.min(longest, Math.max(1, Math.round(milliseconds * 1_000))));
  }

  /** In the order in which the names first came. */
  percentiles(): Readonly<Record<string, Percentiles>> {
    return Object.fromEntries([...this.#histograms].map(([name, histogram]) => [name, percentilesOf(histogram)]));
  }
}

function percentilesOf(histogram: RecordableHistogram): Percentiles {
  const at = (percentile: number): number => inMilliseconds(Math.min(histogram.percentile(percentile), histogram.max));
  return {
    count: histogram.count,
    mean: inMilliseconds(histogram.mean),
    ...{ p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: inMilliseconds(histogram.max) },
  };
}

/** To a hundredth. */
function inMilliseconds(microseconds: number): number {
  return Math.round(microseconds / 10) / 100;
}
