import type { InitializeHook, ResolveHook } from 'node:module';

let replacement = '';

/** Hooks of a module loader: whoever imports the store's migrations gets the replacement, which alone gets them. */
export const initialize: InitializeHook<string> = (url) => {
  replacement = url;
};

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  if (!resolved.url.endsWith('/store/dist/migrations/index.js') || context.parentURL === replacement) return resolved;
  return { ...resolved, url: replacement };
};
