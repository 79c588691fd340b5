import { cpus } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** What a load cost the process that made it, which tells whether its figures are the server's or its own. */
export interface GeneratorReport {
  /** Processor time of this process, in parts of one processor. */
  readonly processors: number;
  /** How much of the time its event loop was busy, 0 to 1. */
  readonly loopBusy: number;
  /** How late its event loop was, in milliseconds. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Of this process, in bytes; the largest there was. */
  readonly memory: number;
  /** How busy all processors of this machine were, 0 to 1. */
  readonly machineBusy: number;
  /**
   * What kept it from more: then the figures are not those of the server alone. `generator`: this process was at its limit;
   * `machine`: whatever runs on it shared its processors.
   */
  readonly bottleneck: 'generator' | 'machine' | 'none';
}

const sampleMs = 10;

/** From here on, times that the generator takes are its own. */
const busyLoop = 0.9;
const lateLoopMs = 50;
const busyMachine = 0.95;

/** Watches this process from its making on. */
export class GeneratorWatch implements Disposable {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: sampleMs });
  readonly #processor = process.cpuUsage();
  readonly #loop = performance.eventLoopUtilization();
  readonly #machine = machineTimes();
  readonly #begun = performance.now();

  constructor() {
    this.#delay.enable();
  }

  report(): GeneratorReport {
    const elapsed = performance.now() - this.#begun;
    const { user, system } = process.cpuUsage(this.#processor);
    const { utilization } = performance.eventLoopUtilization(this.#loop);
    const machine = machineTimes();
    const machineBusy = (machine.busy - this.#machine.busy) / Math.max(1, machine.all - this.#machine.all);
    const loopDelay = { p50: this.#lateness(50), p99: this.#lateness(99), max: this.#lateness(100) };
    return {
      processors: hundredths((user + system) / 1_000 / elapsed),
      loopBusy: hundredths(utilization),
      loopDelay,
      memory: process.resourceUsage().maxRSS * 1_024,
      machineBusy: hundredths(machineBusy),
      bottleneck: bottleneckOf(utilization, machineBusy, loopDelay.p99),
    };
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }

  /** The histogram holds how long a timer of {@link sampleMs} took. */
  #lateness(percentile: number): number {
    return hundredths(Math.max(0, this.#delay.percentile(percentile) / 1e6 - sampleMs));
  }
}

/**
 * @param loopBusy - 0 to 1, as `machineBusy` is.
 * @param lateMs - How late the event loop was.
 */
export function bottleneckOf(loopBusy: number, machineBusy: number, lateMs: number): GeneratorReport['bottleneck'] {
  if (loopBusy >= busyLoop) return 'generator';
  if (machineBusy >= busyMachine) return 'machine';
  return lateMs >= lateLoopMs ? 'generator' : 'none';
}

function machineTimes(): { readonly busy: number; readonly all: number } {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busy += user + nice + sys + irq;
    all += user + nice + sys + irq + idle;
  }
  return { busy, all };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
