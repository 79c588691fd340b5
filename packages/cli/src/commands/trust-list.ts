import type { TrustListKind } from '@opencapf/tftp/readers';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { trustListShowCommand } from './trust-list-show.js';

/** `opencapf itl ...` and `opencapf ctl ...`: what phones trust. */
export function trustListCommand(surroundings: Surroundings, kind: TrustListKind): Command {
  return new Command(kind)
    .description(
      kind === 'itl' ? "phones' trust lists (ITL)" : 'the same for the CTL; both lists hold the same certificates',
    )
    .addCommand(trustListShowCommand(surroundings, kind));
}
