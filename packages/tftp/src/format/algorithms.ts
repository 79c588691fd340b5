/** The hashes that phones know; by enterprise parameter SHA-512, which old phones cannot read. */
export type FileHash = 'sha1' | 'sha512';

/** The number of a hash in a header. SHA-256 has the number 2, but nothing writes or takes it. */
export const hashCodes = { sha1: 1, sha512: 3 } as const satisfies Record<FileHash, number>;

/** Bytes of a hash. */
export const hashBytes = { sha1: 20, sha512: 64 } as const satisfies Record<FileHash, number>;

/** The only signature algorithm. */
export const rsaSignature = 0;

/** The sizes of RSA moduli that have a code, in bits; the code is the place in this list. 3072 has none. */
export const modulusSizes = [512, 1024, 2048, 4096] as const;

/** The content of encrypted files is AES-128-CBC; key, vector and block have as many bytes. */
export const cipher = 'aes-128-cbc';
export const blockBytes = 16;

/** RSAES-PKCS1-v1_5 (RFC 8017, 7.2.1): `00 02`, at least eight bytes that are not zero, `00`, the message. */
export const shortestWrapPadding = 8;
