/** How often a node says that it lives, in milliseconds. */
export const beatEveryMs = 10_000;

/** A node that has not signed off and was not heard of for so long is gone, in milliseconds. */
export const silenceMs = 60_000;
