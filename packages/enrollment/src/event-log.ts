/** Where the service's own events go; a pino logger is one. Never given an authentication string. */
export interface EventLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
