export { makeDirectory } from './make-directory.js';
export { findEmbeddedDatabase } from './running.js';
export { type EmbeddedDatabase, type EmbeddedDatabaseOptions, startEmbeddedDatabase } from './supervisor.js';
