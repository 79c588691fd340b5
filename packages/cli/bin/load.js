/**
 * Loads the built program, its packages one after the other: Node opens all files of what it imports at once, and all
 * together are more than a process with 256 descriptors may open.
 */
export async function loadMain() {
  for (const name of [
    '@opencapf/protocol',
    '@opencapf/pki',
    '@opencapf/store',
    '@opencapf/authority',
    '@opencapf/admin-api',
  ]) {
    await import(name);
  }
  return await import('../dist/main.js');
}
