export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.js';
export { addInstalledLsc, intendCertificate, openSql, type SampleCertificate, type Sql } from './facts.js';
export { startTestServer, type TestServer } from './server.js';
