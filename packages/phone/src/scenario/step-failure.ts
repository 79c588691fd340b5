/** A step that did not come out as the scenario says. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';

  /** @param problems - each in words: what was expected and what came */
  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}
