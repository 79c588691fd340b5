export { deviceNames, readDeviceList } from './device-names.js';
export { type Equipment, equipPhones, type LoadAuthentication } from './equip-phones.js';
export type { Errand, LoadPhone } from './errand.js';
export type { GeneratorReport } from './generator-report.js';
export { KeyStock } from './key-stock.js';
export type { Making } from './key-supply.js';
export { KeyTime, type KeyTimeSettings } from './key-time.js';
export { Latencies, type Percentiles } from './latencies.js';
export { makeMics } from './make-mics.js';
export { errandsOf, type Mix, readMix } from './mix.js';
export { type AdminRequest, type AuthenticationMode, type LoadOrder, queueOperations } from './queue-operations.js';
export {
  type FinishedLoad,
  type LoadProgress,
  type LoadResult,
  type LoadSettings,
  runLoad,
} from './run-load.js';
export type { Failure } from './tally.js';
