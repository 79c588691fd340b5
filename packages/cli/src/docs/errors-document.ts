import { adminApiErrors } from '@opencapf/admin-api';
import { authorityErrors } from '@opencapf/authority';
import { enrollmentErrors, operationFailures, sessionOutcomes } from '@opencapf/enrollment';
import { phoneErrors } from '@opencapf/phone';
import { pkiErrors } from '@opencapf/pki';
import { protocolErrors } from '@opencapf/protocol';
import { serverErrors } from '@opencapf/server';
import { storeErrors } from '@opencapf/store';
import { tftpErrors } from '@opencapf/tftp';

/** Codes of faults: each stands in one catalogue only. */
export const errorCatalogues = {
  protocol: protocolErrors,
  pki: pkiErrors,
  store: storeErrors,
  authority: authorityErrors,
  enrollment: enrollmentErrors,
  tftp: tftpErrors,
  'admin-api': adminApiErrors,
  server: serverErrors,
  phone: phoneErrors,
} as const;

/** What the records of sessions and operations say; a fault that ended one is named there by its own code. */
const outcomeCatalogues = {
  'How a session ended': sessionOutcomes,
  'Why an operation did not succeed': operationFailures,
} as const;

/** `docs/errors.md`, made from the packages' catalogues. */
export function errorsDocument(): string {
  const sections = Object.entries({ ...errorCatalogues, ...outcomeCatalogues }).map(([name, catalogue]) => {
    const rows = Object.entries(catalogue).map(
      ([code, meaning]) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |`,
    );
    return `## ${name}\n\n| code | what it means, and what to do |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Errors

Generated from the packages' catalogues by \`npm run docs\`. Codes are stable: scripts may rely on them.

${sections.join('\n')}`;
}
