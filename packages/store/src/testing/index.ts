export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './test-database.js';
export { startTestServer, type TestServer } from './test-server.js';
