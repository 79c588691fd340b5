/** A server's message is not what NTLM asks for. The words go on as "The server's challenge cannot be used: ...". */
export class NtlmError extends Error {
  override readonly name = 'NtlmError';
}
