import { devicePath, idOf, readJson } from './admin-steps.js';
import { milliseconds } from './duration.js';
import { describeMismatch, type Mismatch, mismatches } from './expectation.js';
import type { CheckStep } from './language.js';
import { StepFailure } from './step-failure.js';
import type { DeviceRow, ScenarioTarget } from './target.js';

/** Time as a check sees it. */
export interface CheckTime {
  /** Milliseconds since 1970. */
  now(): number;
  pass(milliseconds: number): Promise<void>;
}

const usualPatienceMs = 5_000;
const betweenLooksMs = 50;

/**
 * Looks at what the service has on record until all of it is as expected at one time.
 *
 * @throws StepFailure with what was wrong at the last look
 */
export async function checkDevice(step: CheckStep, target: ScenarioTarget, time: CheckTime): Promise<void> {
  const until = time.now() + (step.within === undefined ? usualPatienceMs : milliseconds(step.within));
  for (;;) {
    const wrong = await look(step, target);
    if (wrong.length === 0) return;
    if (time.now() >= until) throw new StepFailure(wrong.map(describeMismatch));
    await time.pass(betweenLooksMs);
  }
}

async function look(step: CheckStep, target: ScenarioTarget): Promise<readonly Mismatch[]> {
  const path = devicePath(step.check);
  const device = await readJson(target, path);
  const wrong = [
    ...mismatches(step.record, device, 'record'),
    ...mismatches(step.lastSession, device['lastSession'], 'lastSession'),
  ];
  if (step.operation !== undefined) {
    const id = idOf(device['operation']);
    const operation = id === undefined ? undefined : await readJson(target, `/v1/operations/${id}`);
    wrong.push(...mismatches(step.operation, operation, 'operation'));
  }
  if (step.row !== undefined) {
    wrong.push(...mismatches(step.row, rowOf(device), 'row (REST)'));
    if (target.readRow !== undefined)
      wrong.push(...mismatches(step.row, await target.readRow(step.check), 'row (SQL)'));
  }
  if (step.certificates !== undefined) {
    const listed = await readItems(target, `${path}/certificates`);
    wrong.push(...newest(step.certificates, ofThisDevice(listed, device), 'certificates'));
  }
  if (step.sessions !== undefined) {
    wrong.push(...newest(step.sessions, await readItems(target, `${path}/sessions`), 'sessions'));
  }
  return wrong;
}

async function readItems(target: ScenarioTarget, path: string): Promise<readonly unknown[]> {
  const { items } = await readJson(target, `${path}?limit=100`);
  return Array.isArray(items) ? items : [];
}

/** Certificates outlive their device, and are listed with the next one of its name. */
function ofThisDevice(certificates: readonly unknown[], device: Readonly<Record<string, unknown>>): readonly unknown[] {
  const since = momentOf(device);
  return certificates.filter((certificate) => momentOf(certificate) >= since);
}

function momentOf(record: unknown): number {
  const createdAt = typeof record === 'object' && record !== null && 'createdAt' in record ? record.createdAt : '';
  return Date.parse(String(createdAt)) || 0;
}

function newest(expected: readonly unknown[], came: readonly unknown[], what: string): readonly Mismatch[] {
  // An empty list says that there is none.
  return mismatches(expected, expected.length === 0 ? came : came.slice(0, expected.length), what);
}

function rowOf(device: Readonly<Record<string, unknown>>): { readonly [Name in keyof DeviceRow]: unknown } {
  const { md5hash, publicKeyMd5, certificate, resetRequired } = device;
  const certificateType =
    typeof certificate === 'object' && certificate !== null && 'type' in certificate ? certificate.type : null;
  return { md5hash, publicKeyMd5, certificateType, resetRequired };
}
