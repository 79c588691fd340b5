export { channelBindings } from './channel-bindings.js';
export { type NtHash, type NtlmAccount, ntHash } from './nt-hash.js';
export { type NtlmLogin, ntlmLogin } from './ntlm-login.js';
export { offeredSchemes } from './offered-schemes.js';
