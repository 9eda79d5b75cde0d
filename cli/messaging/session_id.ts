/**
 * Which session a command belongs to: that of the shell it was typed in, unless it is told another.
 * All commands of a session have one current source, one namespace, and one cursor in each pipe.
 *
 * @module
 */

import { DEFAULT_SESSION } from "../../messaging/internal_mod.ts";

/**
 * Where a script that starts this program leaves what it read: the process it was read in, which
 * this is when it was meant for this one, and the session id. A child takes longer.
 */
const TOLD_VARIABLE = "PLS_SID";

/** A way to learn something of this process from a program that it starts. */
interface Question {
  readonly program: string;
  readonly args: readonly string[];
}

let known: string | undefined;

/**
 * The id of the session: `PLS_SESSION`, else `sid-N` with the session id that POSIX gives this
 * process, else the name of its terminal, else `default`.
 *
 * Deno lets nobody read /proc without all permissions. A program that is started belongs to the
 * same session and may read it.
 */
export function sessionId(): string {
  return known ??= findSessionId();
}

function findSessionId(): string {
  const asked = Deno.env.get("PLS_SESSION");
  if (asked) return asked;
  if (Deno.build.os === "windows") return DEFAULT_SESSION;
  if (Deno.build.os === "linux") {
    const id = toldId() ??
      answer({ program: "cut", args: ["-d", " ", "-f", "6", "/proc/self/stat"] });
    // 0 is said of every session that began outside of the container.
    if (/^[1-9]\d*$/.test(id)) return `sid-${id}`;
  }
  const terminal = answer({ program: "ps", args: ["-o", "tty=", "-p", String(Deno.pid)] });
  return terminalName(terminal) ?? DEFAULT_SESSION;
}

/**
 * The session of a terminal.
 *
 * @param text the terminal as `ps` names it, which writes question marks for none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(terminalName("pts/3"), "pts-3");
 * assertEquals(terminalName("??"), undefined);
 * ```
 */
export function terminalName(text: string): string | undefined {
  const name = text.replace(/^\/dev\//, "").replaceAll("/", "-");
  return /^[?-]*$/.test(name) ? undefined : name;
}

function toldId(): string | undefined {
  const [, pid, id] = /^(\d+):(\d+)$/.exec(Deno.env.get(TOLD_VARIABLE) ?? "") ?? [];
  return pid === String(Deno.pid) ? id : undefined;
}

function answer({ program, args }: Question): string {
  try {
    const command = new Deno.Command(program, { args: [...args], stdin: "null", stderr: "null" });
    return new TextDecoder().decode(command.outputSync().stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
