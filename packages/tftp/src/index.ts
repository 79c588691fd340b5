export * from './building/index.js';
export * from './configuration/index.js';
export * from './models/index.js';
export * from './profiles/index.js';
export * from './readers/index.js';
export * from './servers/index.js';
export * from './trust-lists/index.js';
export * from './writers/index.js';
