import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { phoneBootCommand } from './phone-boot.js';
import { phoneEnrollCommand } from './phone-enroll.js';
import { phoneLoadCommand } from './phone-load.js';

/** `opencapf phone ...`: the simulated phone. */
export function phoneCommand(surroundings: Surroundings): Command {
  return new Command('phone')
    .description('simulate an IP phone, to try a CAPF service, or one of configuration files, without hardware')
    .addCommand(phoneBootCommand(surroundings))
    .addCommand(phoneEnrollCommand(surroundings))
    .addCommand(phoneLoadCommand(surroundings));
}
