export { createHttpFileServer, type HttpBounds } from './http-file-server.js';
export { openTftpServer, type TftpServer, type TftpServerOptions } from './tftp-server.js';
