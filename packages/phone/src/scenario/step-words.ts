import type { Step } from './language.js';

/** A step in a few words: who, and what was to happen. */
export function describeStep(step: Step): string {
  if ('device' in step) return `device ${step.device}`;
  if ('queue' in step) return `queue ${step.operation} for ${step.queue}`;
  if ('cancel' in step) return `cancel the operation of ${step.cancel}`;
  if ('check' in step) return `check ${step.check}`;
  if ('phone' in step) return `phone ${step.phone}${step.as === undefined ? '' : ` (${step.as})`}`;
  if ('wait' in step) return `wait ${typeof step.wait === 'string' ? step.wait : `until ${step.wait.until}`}`;
  if ('mark' in step) return `mark ${step.mark}`;
  if ('maker' in step) return `maker ${step.maker}`;
  if ('request' in step) return step.request;
  return 'together';
}
