/**
 * The part of the table of commands that is about messaging.
 *
 * @module
 */

import type { Command, CommandSpec } from "../command.ts";

const topic = "Messaging";

/** What loads each command. */
export const MESSAGING_LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  send: async () => (await import("./send.ts")).send,
  read: async () => (await import("./read.ts")).read,
  reread: async () => (await import("./reread.ts")).reread,
  await: async () => (await import("./await.ts")).awaitMessages,
  ls: async () => (await import("./ls.ts")).ls,
  subs: async () => (await import("./subs_ls.ts")).subs,
  "subs ls": async () => (await import("./subs_ls.ts")).subsLs,
  "subs add": async () => (await import("./subs_change.ts")).subsAdd,
  "subs rm": async () => (await import("./subs_change.ts")).subsRm,
  "subs wait": async () => (await import("./subs_wait.ts")).subsWait,
  "subs read": async () => (await import("./subs_read.ts")).subsRead,
  "source create": async () => (await import("./source_create.ts")).sourceCreate,
  "source destroy": async () => (await import("./source_destroy.ts")).sourceDestroy,
  "pipe create": async () => (await import("./pipe_create.ts")).pipeCreate,
  "pipe destroy": async () => (await import("./pipe_destroy.ts")).pipeDestroy,
  "set handle": async () => (await import("./handle_slot.ts")).setHandle,
  "set namespace": async () => (await import("./namespace_slot.ts")).setNamespace,
  "get handle": async () => (await import("./handle_slot.ts")).getHandle,
  "get namespace": async () => (await import("./namespace_slot.ts")).getNamespace,
  "unset handle": async () => (await import("./handle_slot.ts")).unsetHandle,
  "unset namespace": async () => (await import("./namespace_slot.ts")).unsetNamespace,
  connect: async () => (await import("./connect.ts")).connect,
  disconnect: async () => (await import("./connect.ts")).disconnect,
  switch: async () => (await import("./connect.ts")).switchTo,
  who: async () => (await import("./who.ts")).who,
  heartbeat: async () => (await import("./heartbeat.ts")).heartbeat,
  status: async () => (await import("./status.ts")).status,
  diagnostics: async () => (await import("./diagnostics.ts")).diagnostics,
  "daemon start": async () => (await import("./daemon_start.ts")).daemonStart,
  "daemon stop": async () => (await import("./daemon_stop.ts")).daemonStop,
  "daemon restart": async () => (await import("./daemon_restart.ts")).daemonRestart,
  "daemon status": async () => (await import("./daemon_status.ts")).daemonStatus,
};

/** Words that only hold others together. */
export const MESSAGING_GROUPS: Readonly<Record<string, CommandSpec>> = {
  source: {
    name: "source",
    summary: "Create and destroy sources, which have a handle and an inbox",
    topic,
    positionals: {},
    flags: {},
    examples: [
      { does: "Be nina in this session", line: "pls source create nina" },
      { does: "Remove it with its pipes", line: "pls source destroy nina" },
    ],
  },
  pipe: {
    name: "pipe",
    summary: "Create and destroy pipes, of a source or of nobody",
    topic,
    positionals: {},
    flags: {},
    examples: [
      { does: "A pipe that everybody writes to and reads", line: "pls pipe create lobby" },
      { does: "A pipe of the source nina", line: "pls pipe create nina.log --ttl 1h" },
    ],
  },
  set: {
    name: "set",
    summary: "Set the current source or the namespace of this session",
    topic,
    positionals: {},
    flags: {},
    examples: [
      { does: "Be nina", line: "pls set handle nina" },
      { does: "Work in a namespace", line: "pls set namespace ops.east" },
    ],
  },
  get: {
    name: "get",
    summary: "Print the current source or the namespace of this session",
    topic,
    positionals: {},
    flags: {},
    examples: [{ does: "Who this session is", line: "pls get handle" }],
  },
  unset: {
    name: "unset",
    summary: "Leave this session without a current source or a namespace",
    topic,
    positionals: {},
    flags: {},
    examples: [
      { does: "Be nobody", line: "pls unset handle" },
      { does: "Go back to the root", line: "pls unset namespace" },
    ],
  },
  daemon: {
    name: "daemon",
    summary: "Start, stop and look at the daemon, which answers for all programs",
    topic,
    positionals: {},
    flags: {},
    examples: [
      { does: "Start it", line: "pls daemon start" },
      { does: "See whether it runs", line: "pls daemon status" },
    ],
  },
};
