export { type EmbeddedDatabase, type EmbeddedDatabaseOptions, startEmbeddedDatabase } from './supervisor.js';
