import { cpus } from 'node:os';
import type { Circumstances } from './report.js';

/** This machine, today. */
export function circumstances(): Circumstances {
  const [first] = cpus();
  return {
    processors: `${cpus().length} x ${first?.model ?? 'processor'}`,
    node: process.versions.node,
    day: new Date().toISOString().slice(0, 10),
  };
}
