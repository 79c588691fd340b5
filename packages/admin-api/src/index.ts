export { mountAdminApi } from './admin-api.js';
export { AdminApiError, type AdminApiErrorCode, adminApiErrors } from './errors.js';
export { answerFault } from './fault-answer.js';
export { adminApiStatuses, lowerStatuses, type Problem, problemContentType } from './problem.js';
export { adminServerOptions } from './server-options.js';
export { readServiceWarnings, type ServiceWarning } from './service-warnings.js';
export type { AdminApiServices, FileCount } from './services.js';
