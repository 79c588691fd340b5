import type { z } from 'zod';
import type { AuthorityKind } from '../authority.js';
import { AuthorityError } from '../errors.js';
import { ExternalAuthority } from '../external-authority.js';
import type { OpenedAuthority } from '../terms.js';
import { adcs } from './adcs.js';
import { cmp } from './cmp.js';
import type { AuthorityKindDefinition, AuthoritySurroundings, commonConfiguration } from './common.js';
import { est } from './est.js';
import { offline } from './offline.js';

/** Every kind of authority elsewhere: what administrators may say of it, and how it is opened. */
export const kindsElsewhere = { est, adcs, cmp, offline } as const;

export type KindElsewhere = keyof typeof kindsElsewhere;

/** An authority elsewhere as it stands on record. */
export interface AuthorityElsewhere {
  readonly kind: string;
  /** The certificate that LSCs are signed by, DER; null as long as nobody has said which. */
  readonly certificate: Uint8Array | null;
  /** DER, from the certificate's issuer upwards. */
  readonly chain: readonly Uint8Array[];
  /** As the kind's schema checks it. */
  readonly configuration: unknown;
  readonly secrets: unknown;
}

/** What is the same for all authorities of a service. */
export interface ElsewhereOptions extends Pick<AuthoritySurroundings, 'now' | 'randomBytes'> {
  /** Smallest RSA key of a phone in bits (`OPENCAPF_MIN_RSA_KEY_SIZE`). */
  readonly minRsaBits: number;
}

/**
 * Opens an authority elsewhere; nothing is asked of it by that.
 *
 * @throws AuthorityError `authority-setting-invalid`; PkiError `certificate-unreadable`
 */
export function openElsewhere(record: AuthorityElsewhere, options: ElsewhereOptions): OpenedAuthority {
  const { kind } = record;
  if (!isKindElsewhere(kind)) {
    throw new AuthorityError(
      'authority-setting-invalid',
      `This version knows no certificate authority of kind ${kind}.`,
    );
  }
  switch (kind) {
    case 'est':
      return openKind(kind, est, record, options);
    case 'adcs':
      return openKind(kind, adcs, record, options);
    case 'cmp':
      return openKind(kind, cmp, record, options);
    case 'offline':
      return openKind(kind, offline, record, options);
  }
}

export function isKindElsewhere(kind: string): kind is KindElsewhere {
  return Object.hasOwn(kindsElsewhere, kind);
}

type CommonSettings = z.output<z.ZodObject<typeof commonConfiguration>>;

function openKind<Configuration extends z.ZodType<CommonSettings>, Secrets extends z.ZodType>(
  kind: Exclude<AuthorityKind, 'local'>,
  definition: AuthorityKindDefinition<Configuration, Secrets>,
  { certificate, chain, configuration, secrets }: AuthorityElsewhere,
  { now, randomBytes, minRsaBits }: ElsewhereOptions,
): OpenedAuthority {
  if (certificate === null) {
    throw new AuthorityError('authority-setting-invalid', 'The certificate that it signs LSCs with is not set.');
  }
  const settings = checked(definition.configuration, configuration);
  const surroundings = { issuerCertificate: certificate, chain, now, randomBytes };
  const client = definition.open(settings, checked(definition.secrets, secrets), surroundings);
  const { proofOfPossession, timeoutSeconds, concurrency, patienceSeconds, storeReadyCertificate } = settings;
  return {
    authority: new ExternalAuthority(client, {
      kind,
      issuerCertificate: certificate,
      proofOfPossession,
      minRsaBits,
      now,
    }),
    terms: {
      timeoutMs: timeoutSeconds * 1000,
      concurrency,
      patienceMs: patienceSeconds * 1000,
      storeReadyCertificate,
    },
  };
}

function checked<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  // Zod's messages name what was expected, and hold no value that was given.
  const faults = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AuthorityError('authority-setting-invalid', `Settings of the authority: ${faults.join('; ')}.`);
}
