export { type TftpAnswer, type TftpDownload, tftpDownload } from './tftp-client.js';
