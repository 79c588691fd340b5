export { BuiltFiles } from './built-files.js';
export { CacheLease, type Hearing } from './cache-lease.js';
export type { DeviceFacts } from './device-file.js';
export { readFileName } from './file-names.js';
export { type FileSite, type FileSiteSettings, siteVersions } from './file-site.js';
export type { OnRecord } from './on-record.js';
export { type BuiltTrustList, PhoneFiles, type PhoneFilesOptions } from './phone-files.js';
export type {
  DeviceFileKind,
  FetchedFile,
  FileReading,
  FileRefusal,
  FileSource,
  Found,
  LongFile,
  Peer,
  ServedFile,
  ServerEvents,
  Transport,
} from './served-file.js';
export { UnsignedFiles, type UnsignedFilesOptions } from './unsigned-files.js';
