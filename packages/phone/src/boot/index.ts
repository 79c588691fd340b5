export { type Boot, type BootOutcome, bootPhone } from './boot.js';
export { BootDirectory, type BootKeeper, type BootState } from './boot-directory.js';
export type { BootOptions } from './boot-options.js';
export type { BootDecision, CapfReason } from './decision.js';
export { type FilePlace, readFilePlace } from './file-place.js';
export { fetchOverTftp } from './tftp-files.js';
export type { BootStep, TracedStep } from './trace.js';
