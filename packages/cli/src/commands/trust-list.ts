import type { TrustListKind } from '@opencapf/tftp/readers';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { fileSignersCommand } from './file-signers.js';
import { trustListEntriesCommand } from './trust-list-entries.js';
import { trustListRecoveryCommand } from './trust-list-recovery.js';
import { trustListServiceCommands } from './trust-list-service.js';
import { trustListShowCommand } from './trust-list-show.js';

/** `opencapf itl ...` and `opencapf ctl ...`: what phones trust. */
export function trustListCommand(surroundings: Surroundings, kind: TrustListKind): Command {
  const command = new Command(kind)
    .description(
      kind === 'itl'
        ? "phones' trust lists, of a file or of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN"
        : 'the same as "opencapf itl": ITL and CTL hold the same certificates',
    )
    .addCommand(trustListShowCommand(surroundings, kind))
    .addCommand(trustListEntriesCommand(surroundings))
    .addCommand(fileSignersCommand(surroundings))
    .addCommand(trustListRecoveryCommand(surroundings));
  for (const one of trustListServiceCommands(surroundings)) command.addCommand(one);
  return command;
}
