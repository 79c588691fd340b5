export { type ConnectOptions, connectDatabase, type Database, type Queries } from './connect.js';
export type { DatabaseConnection } from './connection.js';
export { type MigrationResult, migrateDatabase } from './migrate.js';
export type * from './tables.js';
