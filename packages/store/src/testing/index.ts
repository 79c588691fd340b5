export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.js';
export { startTestServer, type TestServer } from './server.js';
