/** What was given, without the fields that were not. */
export function withoutUndefined<Given extends object>(
  given: Given,
): { [Field in keyof Given]?: Exclude<Given[Field], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Field in keyof Given]?: Exclude<Given[Field], undefined>;
  };
}
