/**
 * Putting something of ours in the place of a function of the system for a while, where
 * the machine can't be made to fail.
 *
 * @module
 */

/** Puts `value` at `object[key]` until it is disposed. */
export function replaced<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: T[K],
): Disposable {
  const before = object[key];
  object[key] = value;
  return {
    [Symbol.dispose]() {
      object[key] = before;
    },
  };
}

/** The error Deno throws for this code of the system when it has no class for it. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The disk is full. */
export function diskFull(): Error {
  return systemError("ENOSPC", "No space left on device (os error 28)");
}
