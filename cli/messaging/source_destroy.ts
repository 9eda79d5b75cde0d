/**
 * `pls source destroy`: removes sources with their pipes, or pipes of sources.
 *
 * @module
 */

import {
  isGlob,
  type Messaging,
  parseTarget,
  type PipeDestroyRequest,
  printNothingDestroyed,
  printPipeDestroy,
  printSourceDestroy,
} from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import type { Session } from "../session.ts";
import { destroyEach, globOf } from "./destroying.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `source destroy` command. */
export const sourceDestroy = defineCommand({
  name: "source destroy",
  summary: "Destroy sources with their pipes, and all messages in them",
  topic: "Messaging",
  details: [
    "In a PATTERN, * stands for any text, ? for one character, and [a-z] for one of those. " +
    "With a dot it destroys pipes alone, those of the sources that the first part matches, " +
    "their inbox included. Without such characters it is exactly that source.",
  ],
  positionals: {
    pattern: { kind: "handle", required: true, help: "HANDLE, or HANDLE.NAME; or a pattern." },
  },
  flags: {},
  examples: [
    { does: "Remove nina", line: "pls source destroy nina" },
    { does: "Remove all whose names begin so", line: "pls source destroy 'build-*'" },
  ],
  run: async ({ positionals: { pattern } }, session) => {
    const target = parseTarget(pattern);
    return target.kind === "leaf"
      ? await destroySources(session, pattern)
      : await destroyPipesOf(session, target.handle, target.name);
  },
});

async function destroySources(session: Session, pattern: string): Promise<number> {
  const glob = globOf(pattern);
  await using messaging = await openMessaging(session);
  const destroy = async (handle: string) => {
    return printSourceDestroy(await messaging.call("SourceDestroy", { handle }));
  };
  if (!isGlob(pattern)) {
    session.stdout.write(await destroy(pattern));
    return 0;
  }
  const handles = (await listSources(messaging)).map(({ handle }) => handle)
    .filter((handle) => glob.matches(handle));
  const actions = handles.map((handle) => () => destroy(handle));
  return await destroyEach(session, actions, printNothingDestroyed("sources"));
}

async function destroyPipesOf(session: Session, handle: string, name: string): Promise<number> {
  const [handleGlob, nameGlob] = [globOf(handle), globOf(name)];
  await using messaging = await openMessaging(session);
  const destroy = async (request: PipeDestroyRequest) => {
    return printPipeDestroy(await messaging.call("PipeDestroy", request));
  };
  if (!isGlob(handle) && !isGlob(name)) {
    session.stdout.write(await destroy({ handle, name }));
    return 0;
  }
  const matching = (await listSources(messaging)).filter(({ handle }) =>
    handleGlob.matches(handle)
  );
  const requests = matching.flatMap(({ handle, pipe_infos: infos = [] }) =>
    infos.filter(({ pipe }) => nameGlob.matches(pipe)).map(({ pipe }) => ({ handle, name: pipe }))
  );
  const actions = requests.map((request) => () => destroy(request));
  return await destroyEach(session, actions, printNothingDestroyed("pipes"));
}

async function listSources(messaging: Messaging) {
  return (await messaging.call("List", { session: sessionId() })).sources;
}
