import type { LoadResult, Percentiles } from '@opencapf/phone/load';

/** What a load came to, for people. @param madeLate - keys that were made when a phone asked for them */
export function loadReport(result: LoadResult, whereTo: string, madeLate: number): string {
  const { visits, visitsAgain, succeeded, failed, brokenOff, elapsedMs, perSecond, outcomes } = result;
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
  const lines = [
    `${visits} phones to ${whereTo} in ${(elapsedMs / 1_000).toFixed(1)} s: ${succeeded} done (${perSecond}/s), ${failed} failed${brokenOff > 0 ? `, ${brokenOff} did not come` : ''}`,
    `  ${counts.join(', ')}${visitsAgain > 0 ? `; they came again ${visitsAgain} times` : ''}`,
    ...latencyLines(result.latency),
    ...failureLines(result),
    ...generatorLines(result, madeLate),
  ];
  return `${lines.join('\n')}\n`;
}

function latencyLines(latency: LoadResult['latency']): readonly string[] {
  const columns: readonly (keyof Percentiles)[] = ['p50', 'p90', 'p99', 'p999', 'max'];
  const heads = ['p50', 'p90', 'p99', 'p99.9', 'max'].map((head) => head.padStart(10)).join('');
  const rows = Object.entries(latency).map(
    ([name, times]) => `  ${name.padEnd(48)}${columns.map((column) => String(times[column]).padStart(10)).join('')}`,
  );
  return rows.length === 0 ? [] : ['', `  ${'milliseconds'.padEnd(48)}${heads}`, ...rows];
}

function failureLines({ failures }: LoadResult): readonly string[] {
  return failures.flatMap(({ code, stage, reason, count, message, names }) => [
    '',
    `  ${count} failed: ${[code, stage, reason === undefined ? undefined : `END_SESSION ${reason}`].filter(Boolean).join(', ')}`,
    `    ${message}`,
    `    ${names.join(' ')}${names.length < count ? ' ...' : ''}`,
  ]);
}

/** What the generator has to say about itself: figures that are its own must not be taken for the server's. */
function generatorLines({ generator, heldBack }: LoadResult, madeLate: number): readonly string[] {
  const { processors, loopBusy, loopDelay, memory, machineBusy, bottleneck } = generator;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const lines = [
    '',
    `  this generator: ${percent(processors)} of a processor, event loop busy ${percent(loopBusy)} and late by ${loopDelay.p99} ms (p99), ${Math.round(memory / 1e6)} MB; all processors of this machine busy ${percent(machineBusy)}`,
  ];
  if (bottleneck === 'generator') {
    lines.push(
      '  It was at its limit: these times are its own, not those of the server. Let fewer phones come from one process, and run several.',
    );
  } else if (bottleneck === 'machine') {
    lines.push(
      '  This machine was at its limit: whatever else runs on it took processor time from phones and server alike.',
    );
  }
  if (heldBack > 0) {
    lines.push(
      `  ${heldBack} phones came later than they were due, for --concurrency were there already; their waiting is in the figures.`,
    );
  }
  if (madeLate > 0) {
    lines.push(
      `  ${madeLate} keys were made while phones waited for them: the server asked for another type than --key, or for a further one.`,
    );
  }
  return lines;
}
