export { type ConnectOptions, connectDatabase, type Database, type Queries, type Transactions } from './connect.js';
export type { DatabaseConnection } from './connection.js';
export { type Hearer, type Listening, listenOn } from './listening.js';
export { type MigrationResult, migrateDatabase } from './migrate.js';
export { beatEveryMs, silenceMs } from './node-silence.js';
export { checkSchemaNeeds } from './schema-fit.js';
export type * from './tables.js';
