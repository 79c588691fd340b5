export { AdminApiError, type AdminApiErrorCode, adminApiErrors } from './errors.js';
