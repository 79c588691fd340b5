export { createHttpFileServer, type HttpBounds, httpFileHandler } from './http-file-server.js';
export { openTftpServer, type TftpServer, type TftpServerOptions } from './tftp-server.js';
