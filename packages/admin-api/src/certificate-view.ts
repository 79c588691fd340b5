import type { CertificateFacts } from '@opencapf/store';
import type { z } from 'zod';
import type { certificateSchema } from './schemas/certificate.js';

/** A certificate as the API shows it. */
export function certificateView(facts: CertificateFacts): z.output<typeof certificateSchema> {
  return { ...facts, state: stateOf(facts) };
}

function stateOf(facts: CertificateFacts): z.output<typeof certificateSchema>['state'] {
  if (facts.discardedAt !== null) return 'discarded';
  if (facts.revokedAt !== null) return 'revoked';
  if (facts.deletedAt !== null) return 'deleted';
  if (facts.supersededAt !== null) return 'superseded';
  if (facts.installedAt !== null) return 'installed';
  if (facts.type === 'MIC') return 'recorded';
  return facts.issuedAt === null ? 'intended' : 'issued';
}
