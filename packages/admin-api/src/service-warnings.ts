import { readCertificate } from '@opencapf/pki';
import { type AuthorityFacts, listAuthorities, listCapfIdentities, listStandings } from '@opencapf/store';
import type { AdminApiServices } from './services.js';
import { readTrustListWarnings, type ServedListWarning } from './trust-list-warnings.js';

/** What keeps no phone from being served, and somebody should look at. */
export interface ServiceWarning {
  readonly code:
    | 'authority-shorter-than-lscs'
    | 'capf-certificate-shorter-than-lscs'
    | 'authority-circuit-open'
    | ServedListWarning['code']
    | 'tftp-port-closed'
    | 'tftp-hash-unconfirmed'
    | 'file-changes-unheard'
    | 'configuration-unbuildable';
  /** In words, with what to change; without secrets. */
  readonly message: string;
}

const dayMs = 86_400_000;

/** What is to be looked at now, of the whole service as Postgres knows it. Rejects when Postgres does not answer. */
export async function readServiceWarnings({
  database,
  secretKey,
  lscValidityDays,
  phoneFiles,
  now = () => new Date(),
}: Pick<AdminApiServices, 'database' | 'secretKey' | 'lscValidityDays' | 'phoneFiles' | 'now'>): Promise<
  readonly ServiceWarning[]
> {
  const [{ rows: authorities }, identities, standings, lists] = await Promise.all([
    listAuthorities(database, secretKey, 1_000, undefined),
    listCapfIdentities(database),
    listStandings(database),
    readTrustListWarnings({ database, phoneFiles, now }),
  ]);
  const short = authorities
    .filter(({ kind, state }) => kind === 'local' && state === 'active')
    .flatMap((facts): readonly ServiceWarning[] => {
      const end = endOf(facts);
      if (end === undefined || end >= lscEnd(facts, now(), lscValidityDays)) return [];
      const message = `The certificate of the authority "${facts.name}" ends on ${day(end)}: LSCs that it signs now are cut short. Replace it (docs/authorities.md).`;
      return [{ code: 'authority-shorter-than-lscs', message }];
    });
  const shortCapf = identities
    .filter(({ state }) => state === 'active')
    .flatMap((facts): readonly ServiceWarning[] => {
      const end = endOf(facts);
      if (end === undefined || end.getTime() >= now().getTime() + lscValidityDays * dayMs) return [];
      const message = `The certificate of port 3804 ends on ${day(end)}, before LSCs that are signed now: phones cannot renew them then. Replace it (docs/authorities.md).`;
      return [{ code: 'capf-certificate-shorter-than-lscs', message }];
    });
  const open = authorities.flatMap(({ id, name }): readonly ServiceWarning[] => {
    const away = standings.filter(({ issuer, circuit }) => issuer === id && circuit !== 'closed');
    if (away.length === 0) return [];
    const codes = [...new Set(away.map(({ reasonCode }) => reasonCode ?? 'unknown'))].sort().join(', ');
    // Its reason in words may name hosts of the site, and whoever asks shows no token.
    const message = `The authority "${name}" cannot be asked, from ${away.length} of the nodes (${codes}): phones wait for it. "opencapf authority requests" says why.`;
    return [{ code: 'authority-circuit-open', message }];
  });
  return [...short, ...shortCapf, ...open, ...lists];
}

/** When a certificate ends, or an earlier one above it; undefined where it is not known. */
export function endOf({
  certificate,
  chain,
}: {
  readonly certificate: Uint8Array | null;
  readonly chain: readonly Uint8Array[];
}): Date | undefined {
  if (certificate === null) return undefined;
  return new Date(Math.min(...[certificate, ...chain].map((der) => readCertificate(der).notAfter.getTime())));
}

/** When an LSC is to end that this authority signs now: after its own days, else after those of the service. */
export function lscEnd({ configuration }: AuthorityFacts, now: Date, lscValidityDays: number): Date {
  return new Date(now.getTime() + daysOf(configuration, lscValidityDays) * dayMs);
}

/** How many days LSCs of a local authority live. */
export function daysOf({ validityDays }: AuthorityFacts['configuration'], lscValidityDays: number): number {
  return typeof validityDays === 'number' ? validityDays : lscValidityDays;
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
