/** Where a database is and who asks for it, in the words of `pg`. */
export interface DatabaseConnection {
  /** Host name, address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}
