const units = { ms: 1, s: 1_000, min: 60_000 } as const;

/** How durations are written: `500ms`, `1.5s`, `2min`. */
export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|min)$/;

/** Milliseconds of a duration that matches {@link durationPattern}. */
export function milliseconds(duration: string): number {
  const [, amount = '0', unit = 'ms'] = durationPattern.exec(duration) ?? [];
  return Number(amount) * (unit === 'min' ? units.min : unit === 's' ? units.s : units.ms);
}
