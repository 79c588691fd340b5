import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { scenarioRunCommand } from './scenario-run.js';

/** `opencapf scenario ...`: scripted enrolments for CI. */
export function scenarioCommand(surroundings: Surroundings): Command {
  return new Command('scenario')
    .description('scripted enrolments: devices, operations and simulated phones, and what must come of them')
    .addCommand(scenarioRunCommand(surroundings));
}
