export { type Configuration, type DefaultDirectories, readConfiguration } from './configuration.js';
export { ServerError, type ServerErrorCode, serverErrors } from './errors.js';
export { type RunOptions, runService } from './run.js';
export { type Service, startService } from './service.js';
export { openServiceStore, type ServiceStore } from './service-store.js';
