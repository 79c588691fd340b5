/** What a program must know of the schema to work with it. */
export const upgrades = /* sql */ `
create table opencapf_private.schema_needs (
  only_row boolean primary key default true check (only_row),
  -- name of the newest migration that a program must know
  migration text collate "C" not null
);
`;
