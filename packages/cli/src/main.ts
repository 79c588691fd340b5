import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Surroundings } from './surroundings.js';

type OpenCommand = (surroundings: Surroundings) => Promise<Command>;

/** A command and what it needs is loaded only when it is asked for: most talk to a service and need none of its code. */
const commands: Readonly<Record<string, OpenCommand>> = {
  serve: async (to) => (await import('./commands/serve.js')).serveCommand(to),
  health: async (to) => (await import('./commands/health.js')).healthCommand(to),
  settings: async () => (await import('./commands/settings.js')).settingsCommand(),
  node: async (to) => (await import('./commands/node.js')).nodeCommand(to),
  token: async (to) => (await import('./commands/token.js')).tokenCommand(to),
  audit: async (to) => (await import('./commands/audit.js')).auditCommand(to),
  secrets: async (to) => (await import('./commands/secrets.js')).secretsCommand(to),
  certificate: async (to) => (await import('./commands/certificate.js')).certificateCommand(to),
  trust: async (to) => (await import('./commands/trust.js')).trustCommand(to),
  authority: async (to) => (await import('./commands/authority.js')).authorityCommand(to),
  'capf-certificate': async (to) => (await import('./commands/capf-certificate.js')).capfCertificateCommand(to),
  phone: async (to) => (await import('./commands/phone.js')).phoneCommand(to),
  probe: async (to) => (await import('./commands/probe.js')).probeCommand(to),
  scenario: async (to) => (await import('./commands/scenario.js')).scenarioCommand(to),
};

/** What works on the service itself, or starts one. */
const needingTheService: ReadonlySet<string> = new Set(['serve', 'audit', 'secrets', 'probe', 'scenario']);

/** Runs `opencapf` with these arguments (without node and script); sets the process's exit status. */
export async function main(
  args: readonly string[],
  surroundings: Surroundings = { typedIn: process.cwd() },
): Promise<void> {
  const program = new Command('opencapf')
    .description('OpenCAPF: an open Certificate Authority Proxy Function for IP phones')
    .version(version())
    // Else --version of "phone enroll" would be taken for the program's own.
    .enablePositionalOptions()
    .showHelpAfterError('(type the command with --help for its options)');
  const [first = ''] = args;
  // Help, and what is no command, wants all of them.
  const wanted = Object.hasOwn(commands, first) ? [first] : Object.keys(commands);
  for (const name of wanted) {
    if (needingTheService.has(name)) await loadServicePackages();
    const command = await commands[name]?.(surroundings);
    if (command !== undefined) program.addCommand(command);
  }
  await program.parseAsync(args, { from: 'user' });
}

/**
 * One after the other: Node opens all files of what it imports at once, and all of the service together are more than a
 * process with 256 descriptors may open.
 */
async function loadServicePackages(): Promise<void> {
  await import('@opencapf/protocol');
  await import('@opencapf/pki');
  await import('@opencapf/store');
  await import('@opencapf/authority');
  await import('@opencapf/admin-api');
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
