import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { auditCommand } from './commands/audit.js';
import { authorityCommand } from './commands/authority.js';
import { capfCertificateCommand } from './commands/capf-certificate.js';
import { certificateCommand } from './commands/certificate.js';
import { healthCommand } from './commands/health.js';
import { nodeCommand } from './commands/node.js';
import { phoneCommand } from './commands/phone.js';
import { probeCommand } from './commands/probe.js';
import { scenarioCommand } from './commands/scenario.js';
import { secretsCommand } from './commands/secrets.js';
import { serveCommand } from './commands/serve.js';
import { settingsCommand } from './commands/settings.js';
import { tokenCommand } from './commands/token.js';
import { trustCommand } from './commands/trust.js';
import type { Surroundings } from './surroundings.js';

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
    .showHelpAfterError('(type the command with --help for its options)')
    .addCommand(serveCommand(surroundings))
    .addCommand(healthCommand(surroundings))
    .addCommand(settingsCommand())
    .addCommand(nodeCommand(surroundings))
    .addCommand(tokenCommand(surroundings))
    .addCommand(auditCommand(surroundings))
    .addCommand(secretsCommand(surroundings))
    .addCommand(certificateCommand(surroundings))
    .addCommand(trustCommand(surroundings))
    .addCommand(authorityCommand(surroundings))
    .addCommand(capfCertificateCommand(surroundings))
    .addCommand(phoneCommand(surroundings))
    .addCommand(probeCommand(surroundings))
    .addCommand(scenarioCommand(surroundings));
  await program.parseAsync(args, { from: 'user' });
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
