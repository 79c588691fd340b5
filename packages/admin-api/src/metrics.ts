import { readCertificate } from '@opencapf/pki';
import {
  type AuthorityCounts,
  type AuthorityFacts,
  countOfAuthorities,
  listAuthorities,
  listCapfIdentities,
  listFileSigners,
  listStandings,
  listTrustLists,
  readListFetches,
  readServiceFigures,
  type ServiceFigures,
} from '@opencapf/store';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { endOf, lscEnd } from './service-warnings.js';
import type { AdminApiServices } from './services.js';
import { listsNeeded } from './trust-list-view.js';
import { readTrustListWarnings } from './trust-list-warnings.js';

/** However often metrics are asked for, Postgres counts once in so many milliseconds. */
const keepForMs = 30_000;

/**
 * What `/metrics` answers: the process that answers, and the whole service as Postgres knows it, the same from every node and
 * however many workers there are.
 */
export class Metrics {
  readonly #services: AdminApiServices;
  readonly #elapsed: () => number;
  #kept: { readonly at: number; readonly text: Promise<string> } | undefined;

  constructor(services: AdminApiServices) {
    this.#services = services;
    this.#elapsed = services.elapsed ?? (() => performance.now());
  }

  /** In the text format of Prometheus. */
  async read(): Promise<string> {
    const at = this.#elapsed();
    if (this.#kept === undefined || at - this.#kept.at >= keepForMs) {
      const text = serviceMetrics(this.#services);
      this.#kept = { at, text };
      text.catch(() => {
        this.#kept = undefined;
      });
    }
    return `${await processRegistry().metrics()}${await fileMetrics(this.#services)}${await this.#kept.text}`;
  }

  static readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
}

let ofProcess: Registry | undefined;

/** One for the whole process: what collects its figures cannot be taken back. */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** What this process has given to phones. */
async function fileMetrics({ fileCounts }: AdminApiServices): Promise<string> {
  if (fileCounts === undefined) return '';
  const register = new Registry();
  const files = new Counter({
    name: 'opencapf_files_total',
    help: "Phones' files that this process was asked for, by what came of it.",
    labelNames: ['transport', 'outcome'],
    registers: [register],
  });
  for (const { transport, outcome, n } of fileCounts()) files.inc({ transport, outcome }, n);
  return await register.metrics();
}

async function serviceMetrics(services: AdminApiServices): Promise<string> {
  const { database, secretKey, lscValidityDays, now = () => new Date() } = services;
  const [figures, { rows: authorities }, identities, standings] = await Promise.all([
    readServiceFigures(database, now()),
    listAuthorities(database, secretKey, 1_000, undefined),
    listCapfIdentities(database),
    listStandings(database),
  ]);
  const known = authorities.map((facts) => ({
    facts,
    end: facts.certificate === null ? undefined : readCertificate(facts.certificate).notAfter,
  }));
  const ends = known.flatMap(({ facts, end }) =>
    facts.kind === 'local' && end !== undefined ? [[facts.id, end] as const] : [],
  );
  const register = new Registry();
  addFigures(register, figures);
  const counts = await countOfAuthorities(database, new Map(ends));
  addAuthorities(register, known, counts, (facts) => lscEnd(facts, now(), lscValidityDays));
  const circuits = gauge(register, 'authority_circuit', '1 for the circuit of an authority as a node sees it.', [
    'authority',
    'node',
    'circuit',
  ]);
  const names = new Map(authorities.map(({ id, name }) => [id, name]));
  for (const { issuer, node, circuit } of standings) {
    circuits.set({ authority: names.get(issuer) ?? String(issuer), node, circuit }, 1);
  }
  const capf = gauge(register, 'capf_certificate_end_timestamp_seconds', 'When a CAPF certificate ends.', [
    'id',
    'state',
  ]);
  for (const { id, state, certificate } of identities) {
    capf.set({ id: String(id), state }, seconds(readCertificate(certificate).notAfter));
  }
  await addTrustLists(register, services);
  return await register.metrics();
}

async function addTrustLists(register: Registry, services: AdminApiServices): Promise<void> {
  const { queries } = services.database;
  const [built, signers] = [await listTrustLists(queries), await listFileSigners(queries)];
  const bytes = gauge(register, 'trust_list_bytes', 'Bytes of the trust list that is served; phones load 65535.', [
    'kind',
  ]);
  const records = gauge(register, 'trust_list_certificates', 'Certificates in the trust list that is served.', [
    'kind',
  ]);
  for (const { kind, bytes: length, certificates } of built) {
    bytes.set({ kind }, length);
    records.set({ kind }, certificates);
  }
  const warnings = await readTrustListWarnings(services);
  const stale = warnings.some(({ code }) => code === 'trust-list-outdated' || code === 'trust-list-unwritable');
  gauge(
    register,
    'trust_list_outdated',
    '1 when the trust list that is served is not the one of the certificates in use.',
    [],
  ).set(stale ? 1 : 0);
  const ends = gauge(
    register,
    'file_signer_end_timestamp_seconds',
    "When the certificate of who signs phones' files ends.",
    ['purpose', 'state'],
  );
  const waiting = gauge(
    register,
    'trust_list_devices_waiting',
    'Devices that fetch trust lists here and have not fetched one that holds the staged signer.',
    ['purpose'],
  );
  for (const { purpose, state, certificate, sha256 } of signers) {
    if (state === 'retired') continue;
    ends.set({ purpose, state }, seconds(readCertificate(certificate).notAfter));
    if (state === 'staged')
      waiting.set({ purpose }, (await readListFetches(queries, sha256, listsNeeded(purpose))).waiting);
  }
}

function addFigures(register: Registry, figures: ServiceFigures): void {
  gauge(register, 'sessions_live', 'Sessions of phones that have introduced themselves and not ended.', []).set(
    figures.liveSessions,
  );
  const outcomes = gauge(register, 'sessions_last_hour', 'Ended sessions that began in the last hour, by outcome.', [
    'outcome',
  ]);
  for (const { outcome, n } of figures.outcomes) outcomes.set({ outcome }, n);
  const steps = gauge(register, 'session_steps_last_hour', 'Steps of the sessions that began in the last hour.', [
    'step',
  ]);
  for (const { step, n } of figures.steps) steps.set({ step }, n);
  const operations = gauge(register, 'devices_by_operation_state', 'Devices by the state of their last operation.', [
    'state',
  ]);
  for (const { state, n } of figures.operations) operations.set({ state }, n);
  const files = gauge(register, 'device_files', 'Devices by what they fetched last of each of their files.', [
    'file',
    'state',
  ]);
  for (const { file, state, n } of figures.files) files.set({ file, state }, n);
  const requests = gauge(register, 'authority_requests_open', 'Requests to authorities that have not ended.', [
    'authority',
    'state',
  ]);
  const underWay = gauge(register, 'authority_requests_under_way', 'Requests that a node is at work on now.', [
    'authority',
  ]);
  for (const { authority, state, n, underWay: now } of figures.requests) {
    requests.set({ authority, state }, n);
    underWay.inc({ authority }, now);
  }
}

/** @param lscEndOf - when an LSC is to end that an authority signs now */
function addAuthorities(
  register: Registry,
  known: readonly { readonly facts: AuthorityFacts; readonly end: Date | undefined }[],
  counts: ReadonlyMap<number, AuthorityCounts>,
  lscEndOf: (facts: AuthorityFacts) => Date,
): void {
  const labels = ['authority', 'kind', 'state'] as const;
  const installed = gauge(register, 'lscs_installed', 'LSCs of an authority that are installed now.', labels);
  const cut = gauge(
    register,
    'lscs_cut_short',
    'Installed LSCs that end with the certificate that signed them.',
    labels,
  );
  const ends = gauge(
    register,
    'authority_end_timestamp_seconds',
    'When the certificate that signs LSCs ends, or an earlier one above it.',
    labels,
  );
  const short = gauge(
    register,
    'authority_shorter_than_lscs',
    '1 when an LSC that is issued now would be cut short.',
    labels,
  );
  for (const { facts } of known) {
    const of = { authority: facts.name, kind: facts.kind, state: facts.state };
    installed.set(of, counts.get(facts.id)?.installedLscs ?? 0);
    cut.set(of, counts.get(facts.id)?.cutShort ?? 0);
    const first = endOf(facts);
    if (first === undefined) continue;
    ends.set(of, seconds(first));
    if (facts.kind === 'local') short.set(of, first < lscEndOf(facts) ? 1 : 0);
  }
}

function gauge<Label extends string>(
  register: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
): Gauge<Label> {
  return new Gauge({ name: `opencapf_${name}`, help, labelNames: [...labelNames], registers: [register] });
}

function seconds(at: Date): number {
  return at.getTime() / 1_000;
}
