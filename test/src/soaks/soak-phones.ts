/** How many phones enrol in a soak: OPENCAPF_SOAK_PHONES, else what is enough to meet each fault many times. */
export function soakPhones(otherwise: number): number {
  return Number(process.env['OPENCAPF_SOAK_PHONES'] ?? otherwise);
}
