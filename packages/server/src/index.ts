export { ServerError, type ServerErrorCode, serverErrors } from './errors.js';
export { type RunOptions, runService } from './run.js';
export { type Service, startService } from './service.js';
export { type Configuration, type DefaultDirectories, readConfiguration } from './start/configuration.js';
export { openServiceStore, type ServiceStore } from './start/service-store.js';
