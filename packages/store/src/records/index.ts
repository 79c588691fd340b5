export { type AuditEvent, recordAudit } from './audit.js';
export {
  type CapfIdentity,
  type LoadedIdentity,
  type LscIssuer,
  loadOrCreateIdentity,
  type NewCapfIdentity,
} from './capf-identity.js';
export { readStoredSettings, storeSetting } from './stored-settings.js';
export {
  type Administrator,
  createToken,
  ensureAdministratorToken,
  findAdministrator,
  givenTokenName,
  type NewToken,
} from './tokens.js';
