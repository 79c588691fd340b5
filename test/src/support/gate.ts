/** Somewhere to wait until the test lets go. */
export interface Gate {
  /** Resolves when somebody waits. */
  readonly reached: Promise<void>;
  /** Resolves when the gate is open. */
  pass(): Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    reached,
    async pass() {
      reach();
      await opened;
    },
    open,
  };
}
