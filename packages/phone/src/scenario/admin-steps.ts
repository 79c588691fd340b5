import { milliseconds } from './duration.js';
import { describeMismatch, mismatches } from './expectation.js';
import type { AnswerExpectation, CancelStep, DeviceStep, QueueStep, RequestStep } from './language.js';
import { StepFailure } from './step-failure.js';
import type { AdminAnswer, ScenarioTarget } from './target.js';

/** Path of a device in the admin API. */
export function devicePath(name: string): string {
  return `/v1/devices/${encodeURIComponent(name)}`;
}

/**
 * Creates a device, or changes one that this scenario made.
 *
 * @throws StepFailure also when the name is taken: a scenario never touches what it did not make
 */
export async function putDevice(step: DeviceStep, target: ScenarioTarget, made: Set<string>): Promise<void> {
  const path = devicePath(step.device);
  if (!made.has(step.device)) {
    const { status } = await target.request('GET', path);
    if (status === 200) throw new StepFailure(['the service has a device of this name already; it was left alone']);
  }
  const answer = await target.request('PUT', path, json(step.settings ?? {}));
  if (isSuccess(answer)) made.add(step.device);
  requireAnswer(answer, step.expect);
}

/** Queues an operation. @throws StepFailure */
export async function queueOperation(step: QueueStep, target: ScenarioTarget, now: number): Promise<void> {
  const { queue, expect, completesBy, authenticationMode, ...others } = step;
  const body = {
    ...others,
    authenticationMode:
      authenticationMode ?? (others.authenticationString === undefined ? 'nullString' : 'authenticationString'),
    ...(completesBy === undefined ? {} : { completesBy: timeOf(completesBy, now) }),
  };
  requireAnswer(await target.request('POST', `${devicePath(queue)}/operations`, json(body)), expect);
}

/** Cancels a device's last operation. @throws StepFailure */
export async function cancelOperation(step: CancelStep, target: ScenarioTarget): Promise<void> {
  const device = await readJson(target, devicePath(step.cancel));
  const id = idOf(device['operation']);
  if (id === undefined) throw new StepFailure(['the device never had an operation']);
  requireAnswer(await target.request('POST', `/v1/operations/${id}/cancel`), step.expect);
}

/** Any call. @returns the answer's body. @throws StepFailure */
export async function callService(step: RequestStep, target: ScenarioTarget): Promise<unknown> {
  const [method = 'GET', path = '/'] = step.request.split(' ');
  const { type = 'application/json', body } = step;
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await target.request(method, path, body === undefined ? undefined : { type, content });
  requireAnswer(answer, step.expect);
  return answer.body;
}

/** A JSON object that must be there. @throws StepFailure */
export async function readJson(target: ScenarioTarget, path: string): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await target.request('GET', path);
  if (status === 200 && typeof body === 'object' && body !== null) return { ...body };
  throw new StepFailure([`GET ${path}: expected 200, came ${status} ${described(body)}`]);
}

/** Number of an operation or the like. */
export function idOf(record: unknown): number | undefined {
  if (typeof record !== 'object' || record === null || !('id' in record)) return undefined;
  return typeof record.id === 'number' ? record.id : undefined;
}

function json(body: object): { readonly type: string; readonly content: string } {
  return { type: 'application/json', content: JSON.stringify(body) };
}

/** `in 2s`, counted from now, as ISO 8601; anything else as it stands. */
function timeOf(text: string, now: number): string {
  const [, duration] = /^in (.+)$/.exec(text) ?? [];
  return duration === undefined ? text : new Date(now + milliseconds(duration)).toISOString();
}

function isSuccess({ status }: AdminAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Holds an answer against what was expected of it. @throws StepFailure */
export function requireAnswer(answer: AdminAnswer, expect: AnswerExpectation | undefined): void {
  const { status, code, body } = expect ?? {};
  const wantsSuccess = status === undefined && code === undefined;
  if (wantsSuccess && !isSuccess(answer)) {
    throw new StepFailure([`expected success, came ${answer.status} ${described(answer.body)}`]);
  }
  const came = typeof answer.body === 'object' && answer.body !== null ? { ...answer.body } : {};
  const wrong = [
    ...mismatches(status, answer.status, 'status'),
    ...mismatches(code, 'code' in came ? came.code : undefined, 'code'),
    ...mismatches(body, answer.body, 'body'),
  ];
  if (wrong.length > 0) {
    throw new StepFailure([...wrong.map(describeMismatch), `the answer: ${answer.status} ${described(answer.body)}`]);
  }
}

const longestText = 500;

function described(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length > longestText ? `${text.slice(0, longestText)}...` : text;
}
