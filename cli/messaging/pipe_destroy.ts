/**
 * `pls pipe destroy`: removes pipes with their messages.
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
import { UsageError } from "../../pool/mod.ts";
import { defineCommand } from "../command.ts";
import type { Session } from "../session.ts";
import { destroyEach, globOf } from "./destroying.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `pipe destroy` command. */
export const pipeDestroy = defineCommand({
  name: "pipe destroy",
  summary: "Destroy pipes, with the messages in them",
  topic: "Messaging",
  details: [
    "In a PATTERN, * stands for any text, ? for one character, and [a-z] for one of those. It " +
    "matches pipes that were created with `pls pipe create`: without a dot those of every source " +
    "and every namespace, by their names; with one those of the sources that the first part " +
    "matches. A name without such characters is exactly that pipe, at the namespace of the session.",
  ],
  positionals: {
    pattern: { kind: "target", required: true, help: "HANDLE.NAME, or NAME; or a pattern." },
  },
  flags: {
    recursive: {
      kind: "switch",
      help: "Take PATTERN for a handle, and destroy the source with all its pipes.",
    },
  },
  examples: [
    { does: "A pipe of no source", line: "pls pipe destroy lobby" },
    { does: "All logs that begin so", line: "pls pipe destroy 'build-*.log'" },
  ],
  run: async ({ flags, positionals: { pattern } }, session) => {
    if (!flags.recursive) return await destroyPipes(session, pattern);
    if (isGlob(pattern)) {
      throw new UsageError(
        `--recursive needs a handle, not the pattern ${JSON.stringify(pattern)}`,
        {
          hint: "`pls source destroy` takes patterns.",
        },
      );
    }
    await using messaging = await openMessaging(session);
    const reply = await messaging.call("SourceDestroy", { handle: pattern });
    session.stdout.write(printSourceDestroy(reply));
    return 0;
  },
});

async function destroyPipes(session: Session, pattern: string): Promise<number> {
  const target = parseTarget(pattern);
  const request: PipeDestroyRequest = target.kind === "collared"
    ? { handle: target.handle, name: target.name }
    : { handle: "", name: "", bare_target: target.name, session: sessionId() };
  const finding = isGlob(pattern) ? globsOf(target) : undefined;
  await using messaging = await openMessaging(session);
  if (finding === undefined) {
    session.stdout.write(printPipeDestroy(await messaging.call("PipeDestroy", request)));
    return 0;
  }
  const requests = await matching(messaging, finding);
  const actions = requests.map((request) => async () => {
    return printPipeDestroy(await messaging.call("PipeDestroy", request));
  });
  return await destroyEach(session, actions, printNothingDestroyed("pipes"));
}

/** What a pattern matches. */
interface Finding {
  matchesHandle(handle: string): boolean;
  matchesName(name: string): boolean;
  /** Pipes of no source are meant as well. */
  readonly withUncollared: boolean;
}

function globsOf(target: ReturnType<typeof parseTarget>): Finding {
  const name = globOf(target.name);
  const matchesName = (text: string) => name.matches(text);
  if (target.kind === "leaf") {
    return { matchesHandle: () => true, matchesName, withUncollared: true };
  }
  const handle = globOf(target.handle);
  return { matchesHandle: (text) => handle.matches(text), matchesName, withUncollared: false };
}

async function matching(
  messaging: Messaging,
  { matchesHandle, matchesName, withUncollared }: Finding,
): Promise<PipeDestroyRequest[]> {
  const { sources, uncollared_pipes = [] } = await messaging.call("List", {
    session: sessionId(),
  });
  const collared = sources.filter(({ handle }) => matchesHandle(handle)).flatMap((
    { handle, pipes = [] },
  ) => pipes.filter(matchesName).map((name) => ({ handle, name })));
  const uncollared = uncollared_pipes.filter(({ name }) => withUncollared && matchesName(name));
  return [
    ...collared,
    ...uncollared.map(({ manifold, name }) => {
      return { handle: "", name: "", bare_target: name, manifold: manifold ?? "" };
    }),
  ];
}
