/**
 * From a pool reference to a pool, and from a missing pool to the command that
 * makes it.
 *
 * @module
 */

import { isPoolPath, type MessagePool, NotFoundError, UsageError } from "../pool/mod.ts";
import type { CommandSpec, Invocation } from "./command.ts";
import { amend } from "./failure.ts";
import { findPlace } from "./remote_client.ts";
import type { RemoteFlags } from "./remote_flags.ts";
import { shownReference } from "./remote_reference.ts";
import type { Session } from "./session.ts";

/** What to do when there is no pool at the reference. */
export interface OpenPoolOptions {
  /** Create it, unless another process does so first. */
  create?: boolean;
  /** The size of a created pool file in bytes. */
  sizeBytes?: number;
  /** The hint to give when the pool is missing and its reference is a name. */
  missingHint: () => string;
  /** The command, and its flags for pools of a server; without it, only local ones will do. */
  remote?: { readonly cmd: string; readonly flags: RemoteFlags };
}

/**
 * Opens the pool that `reference` names, whichever engine holds it.
 *
 * @throws {NotFoundError} when it is missing, with a hint at what to do about it.
 */
export async function openPool(
  session: Session,
  reference: string,
  options: OpenPoolOptions,
): Promise<MessagePool> {
  const { create, sizeBytes, missingHint, remote } = options;
  if (remote !== undefined) {
    const place = await findPlace(session, { ...remote, reference });
    if (place.engine === "http" && create) throw noCreate(remote.cmd, reference);
    if (place.engine === "http") {
      return await orRemoteHint(reference, () => place.client.openPool(place.reference));
    }
    if (place.engine === "nats") {
      const advice = create === undefined ? "" : " Or add --create.";
      return await orAdvice(async () => {
        return create
          ? await place.client.pool(place.reference, { sizeBytes })
          : await place.client.openPool(place.reference);
      }, () => remoteAdvice(reference) + advice);
    }
  }
  return await orHint(reference, missingHint, () => {
    return create
      ? session.client.pool(reference, { sizeBytes })
      : session.client.openPool(reference);
  });
}

/**
 * Runs `action`, which needs the pool at `reference`. Should that be missing, the
 * error says what to do: `missingHint` for a name, advice on paths for a path.
 */
export async function orHint<T>(
  reference: string,
  missingHint: () => string,
  action: () => T | Promise<T>,
): Promise<T> {
  return await orAdvice(action, ({ hint }) => {
    // It knows better what to do.
    return hint ?? (isPoolPath(reference) ? PATH_HINT : missingHint());
  });
}

/** By contract, whoever feeds a served pool does not make it in passing. */
function noCreate(cmd: string, reference: string): UsageError {
  return new UsageError(`${cmd} on a pool of a server does not support --create`, {
    hint: `Create it server-side first: \`pls pool create ${reference}\`.`,
  });
}

/** Runs `action`, which needs the pool of a server at `reference`, and says what to do without it. */
export async function orRemoteHint<T>(
  reference: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return await orAdvice(action, () => remoteAdvice(reference));
}

function remoteAdvice(reference: string): string {
  const shown = shownReference(reference);
  // What is in front of the name: a server's URL, or the name of a remote.
  const end = shown.includes("://") ? shown.lastIndexOf("/") : shown.indexOf(":");
  const server = shown.slice(0, end);
  const create = `Create it server-side with \`pls pool create ${shown}\``;
  return `${create}, or see \`pls pool list ${server}\`.`;
}

/** Runs `action`; should the pool that it needs be missing, the hint is what `advice` gives. */
async function orAdvice<T>(
  action: () => T | Promise<T>,
  advice: (error: NotFoundError) => string,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // A message that is missing has a number.
    if (!(error instanceof NotFoundError) || error.seq !== undefined) throw error;
    throw amend(error, { hint: advice(error) });
  }
}

/** What to do about a missing pool when there is nothing to repeat. */
export function createHint(reference: string): string {
  return `Create it with \`pls pool create ${reference}\`, or see \`pls pool list\`.`;
}

const PATH_HINT = "A reference with a slash is a path, used as it is: check it, or give a name " +
  "alone to look in the pool directory, which `pls --dir PATH` chooses.";

/**
 * The command line that was typed, with `--create` behind the pool: what to run
 * when the pool is missing. Flags keep their order, and DATA comes last.
 */
export function commandLineWithCreate(spec: CommandSpec, invocation: Invocation): string {
  const [pool, ...others] = invocation.givenPositionals;
  const before = pool.startsWith("-") ? ["--create"] : [pool, "--create"];
  const after = pool.startsWith("-") ? [pool, ...others] : others;
  for (const { name, value } of invocation.givenFlags) {
    if (name === "create") continue;
    // A value that begins with a dash is only read as one when it is attached.
    if (value?.startsWith("-") && value !== "-") before.push(`--${name}=${value}`);
    else before.push(`--${name}`, ...(value === undefined ? [] : [value]));
  }
  if (after.some((word) => word.startsWith("-"))) before.push("--");
  return ["pls", spec.name, ...before, ...after].map(quoteWord).join(" ");
}

/** Plain words stay bare; any other is written as a JSON string. */
function quoteWord(word: string): string {
  return /^[\w\-./:=]+$/.test(word) ? word : JSON.stringify(word);
}
