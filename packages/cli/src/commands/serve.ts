import { runService } from '@opencapf/server';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';

/** `opencapf serve`: the service, until a signal ends it. */
export function serveCommand({ typedIn, defaultDirectories }: Surroundings): Command {
  return new Command('serve')
    .description('serve phones and administrators until SIGTERM or SIGINT')
    .addHelpText(
      'after',
      `
Settings come from the environment or from the file that OPENCAPF_CONFIG names; "opencapf settings" lists them.

Examples:
  opencapf serve
  OPENCAPF_DATA_DIR=/srv/opencapf OPENCAPF_CAPF_PORT=3804 opencapf serve
  DATABASE_URL=postgres://opencapf@db.example.org/opencapf opencapf serve`,
    )
    .action(async () => {
      process.exitCode = await runService({ environment: process.env, typedIn, defaultDirectories });
    });
}
