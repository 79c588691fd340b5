export { type CapfIdentity, capfIdentity, issuedIdentity, issueLsc } from './certificates.js';
export { type FakeCapf, type FakeIdentity, FakePeer, type FromPhone, startFakeCapf } from './fake-capf.js';
export { type ManualClock, manualClock } from './manual-clock.js';
export { type PassingClock, passingClock } from './passing-clock.js';
