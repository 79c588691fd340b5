import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { Surroundings, Terminal } from './surroundings.js';

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
  operation: async (to) => (await import('./commands/operation.js')).operationCommand(to),
  certificate: async (to) => (await import('./commands/certificate.js')).certificateCommand(to),
  trust: async (to) => (await import('./commands/trust.js')).trustCommand(to),
  authority: async (to) => (await import('./commands/authority.js')).authorityCommand(to),
  'capf-certificate': async (to) => (await import('./commands/capf-certificate.js')).capfCertificateCommand(to),
  itl: async (to) => (await import('./commands/trust-list.js')).trustListCommand(to, 'itl'),
  ctl: async (to) => (await import('./commands/trust-list.js')).trustListCommand(to, 'ctl'),
  profile: async (to) => (await import('./commands/profile.js')).profileCommand(to),
  configuration: async (to) => (await import('./commands/configuration.js')).configurationCommand(to),
  phone: async (to) => (await import('./commands/phone.js')).phoneCommand(to),
  probe: async (to) => (await import('./commands/probe.js')).probeCommand(to),
  scenario: async (to) => (await import('./commands/scenario.js')).scenarioCommand(to),
};

/** What starts a service, or needs much of its code. */
const needingTheService: ReadonlySet<string> = new Set(['serve', 'probe', 'scenario']);

/** Runs `opencapf` with these arguments (without node and script); sets the process's exit status. */
export async function main(
  args: readonly string[],
  { typedIn = process.cwd(), defaultDirectories }: Partial<Omit<Surroundings, 'terminal'>> = {},
): Promise<void> {
  const program = await programOf(args, { typedIn, defaultDirectories, terminal: process });
  process.exitCode = (await parsed(program, args)) ?? process.exitCode;
}

/**
 * Runs a command that asks a service, in this process, on a terminal of the caller's; what serves, simulates phones or opens a
 * database itself belongs to a process of its own.
 *
 * @returns the exit status
 */
export async function run(
  args: readonly string[],
  terminal: Omit<Terminal, 'exitCode'>,
  typedIn: string,
): Promise<number> {
  const at: Terminal = { ...terminal, exitCode: undefined };
  const program = await programOf(args, { typedIn, terminal: at });
  for (const command of withSubcommands(program)) {
    command.configureOutput({
      writeOut: (text) => at.stdout.write(text),
      writeErr: (text) => at.stderr.write(text),
    });
  }
  return (await parsed(program, args)) ?? Number(at.exitCode ?? 0);
}

/** @returns the exit status where the words told of no command to run: 0 for help, 2 for what nobody understands */
async function parsed(program: Command, args: readonly string[]): Promise<number | undefined> {
  for (const command of withSubcommands(program)) command.exitOverride();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    // 1 is for what the service refuses.
    return fault.exitCode === 0 ? 0 : 2;
  }
  return undefined;
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** The program as far as these arguments need it. */
async function programOf(args: readonly string[], surroundings: Surroundings): Promise<Command> {
  const program = new Command('opencapf')
    .description('OpenCAPF: an open Certificate Authority Proxy Function for IP phones')
    .version(version())
    // Else --version of "phone enroll" would be taken for the program's own.
    .enablePositionalOptions()
    .showHelpAfterError('(type the command with --help for its options)');
  const [first = ''] = args;
  // Help, and what is no command, wants all of them; the version none.
  const named = Object.hasOwn(commands, first) ? [first] : Object.keys(commands);
  const wanted = first === '--version' || first === '-V' ? [] : named;
  for (const name of wanted) {
    if (needingTheService.has(name)) await loadServicePackages();
    const command = await commands[name]?.(surroundings);
    if (command !== undefined) program.addCommand(command);
  }
  return program;
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
