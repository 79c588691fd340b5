import { PkiError } from '../errors.js';

type Handle = Buffer;

/** An attribute of an object of a token; without a value where it is asked for. */
export interface Attribute {
  readonly type: number;
  readonly value?: Buffer | string | number;
}

/** What is used of the package pkcs11js, which is not there when this is built: PKCS#11 2.40 under its own names. */
export interface Cryptoki {
  load(path: string): void;
  C_Initialize(options: { readonly flags: number }): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_GetMechanismList(slot: Handle): number[];
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, maximum: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): { readonly value: Buffer }[];
  C_SignInit(session: Handle, mechanism: { readonly mechanism: number }, key: Handle): void;
  C_Sign(session: Handle, input: Buffer, output: Buffer): Buffer;
}

/** PKCS#11 2.40, `pkcs11t.h`. */
export const ck = {
  publicKey: 2,
  privateKey: 3,
  class: 0x0,
  label: 0x3,
  keyType: 0x100,
  id: 0x102,
  modulus: 0x120,
  publicExponent: 0x122,
  ecParams: 0x180,
  ecPoint: 0x181,
  rsaPkcs: 0x1,
  sha256RsaPkcs: 0x40,
  ecdsa: 0x1041,
  user: 1,
  serialSession: 0x4,
  osLocking: 0x2,
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLengthRange: 0xa2,
  pinExpired: 0xa3,
  pinLocked: 0xa4,
  alreadyLoggedIn: 0x100,
  alreadyInitialized: 0x191,
} as const;

/** What a call of the module returned instead of CKR_OK; undefined when the fault is another one. */
export function returnValue(fault: unknown): number | undefined {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  return typeof code === 'number' && code > 0 ? code : undefined;
}

/**
 * Loads a PKCS#11 module into this process, where it stays: other authorities may use it, too.
 *
 * @throws PkiError `hsm-token-package-missing`, `hsm-token-module-unusable`
 */
export async function loadCryptoki(path: string): Promise<Cryptoki> {
  const { PKCS11 } = await importPackage();
  const module = new PKCS11();
  try {
    module.load(path);
    module.C_Initialize({ flags: ck.osLocking });
  } catch (cause) {
    if (returnValue(cause) !== ck.alreadyInitialized) {
      const { message } = cause as Error;
      throw new PkiError('hsm-token-module-unusable', `The PKCS#11 module ${path} cannot be used: ${message}.`, {
        cause,
      });
    }
  }
  return module;
}

interface Pkcs11Package {
  readonly PKCS11: new () => Cryptoki;
}

async function importPackage(): Promise<Pkcs11Package> {
  // Not as a literal: the compiler would look for it.
  const name: string = 'pkcs11js';
  try {
    const { default: found } = (await import(name)) as { readonly default: Pkcs11Package };
    return found;
  } catch (cause) {
    throw new PkiError('hsm-token-package-missing', undefined, { cause });
  }
}
