export type { AddressBound } from './address-bound.js';
export { createHttpFileServer, type HttpBounds } from './http-file-server.js';
export { openTftpServer, type TftpServer, type TftpServerOptions } from './tftp-server.js';
