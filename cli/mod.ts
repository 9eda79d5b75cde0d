/**
 * One call of `pls`: options of the program, choice of the command, and the way
 * every failure takes to standard error and the exit code.
 *
 * Whatever happens, the caller gets an exit code and, unless it is 0, a message:
 * never a stack trace, and never an exception.
 *
 * @module
 */

import { type PlasmiteError, UsageError } from "../pool/mod.ts";
import { helpLine, parseInvocation, parseLeadingFlags } from "./arguments.ts";
import type { Flags, Positionals } from "./command.ts";
import { resolveCommand, type Resolved } from "./commands.ts";
import {
  amend,
  asPlasmiteError,
  codedFailureText,
  exitCode,
  failureEnvelope,
  failureText,
  isCodedFailure,
} from "./failure.ts";
import type { HelpLength } from "./help_text.ts";
import { program } from "./program.ts";
import { type ColorChoice, ReaderGone, Screen } from "./screen.ts";
import { Session } from "./session.ts";
import { readSettings } from "./settings.ts";

const USAGE_EXIT_CODE = 2;

/**
 * Runs `pls` with `args` on the streams of this process.
 *
 * @returns the exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  let stderr = screenOn(Deno.stderr, "auto");
  try {
    const { invocation, rest } = parseLeadingFlags(program, args);
    const { flags, help } = invocation;
    stderr = screenOn(Deno.stderr, flags.color ?? "auto");
    const plain = screenOn(Deno.stdout, "auto");
    if (flags.version) {
      plain.write(`${(await import("./version.ts")).VERSION_TEXT}\n`);
      return 0;
    }
    if (args.length === 0 || help !== undefined) {
      await printHelp(plain, { group: program, rest }, help ?? "long");
      return 0;
    }
    const settings = await readSettings(flags);
    stderr = screenOn(Deno.stderr, settings.color.value);
    const stdout = screenOn(Deno.stdout, settings.color.value);
    using session = new Session({ stdin: Deno.stdin, stdout, stderr, settings });
    return await run(await resolveCommand(rest), session);
  } catch (error) {
    return tell(error, stderr);
  }
}

/**
 * Has failures that no call waits for (a timer's, a forgotten promise's) told like
 * any other instead of as a stack trace.
 */
export function tellStrayFailures(): void {
  const end = (event: Event, error: unknown) => {
    event.preventDefault();
    Deno.exit(tell(error, screenOn(Deno.stderr, "auto")));
  };
  addEventListener("error", (event) => end(event, event.error));
  addEventListener("unhandledrejection", (event) => end(event, event.reason));
}

function screenOn(stream: typeof Deno.stdout, colorChoice: ColorChoice): Screen {
  const { noColor } = Deno;
  const columns = () => Deno.consoleSize().columns;
  const isTerminal = stream.isTerminal();
  const facts = { isTerminal, colorChoice, noColor, columns };
  return new Screen(stream, { stream: stream === Deno.stdout ? "output" : "error", ...facts });
}

async function run(resolved: Resolved, session: Session): Promise<number> {
  if (resolved.rest.length === 0 && needsArguments(resolved)) {
    await printHelp(session.stderr, resolved, "long");
    return USAGE_EXIT_CODE;
  }
  const spec = "group" in resolved ? resolved.group : resolved.command;
  const invocation = parseInvocation<Flags, Positionals>(spec, resolved.rest);
  if (invocation.help !== undefined || "group" in resolved) {
    await printHelp(session.stdout, resolved, invocation.help ?? "long");
    return 0;
  }
  try {
    return await resolved.command.run(invocation, session);
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint !== undefined) throw error;
    throw amend(error, { hint: `See ${helpLine(spec)}.` });
  }
}

function needsArguments(resolved: Resolved): boolean {
  if ("group" in resolved) return true;
  return Object.values(resolved.command.positionals).some((positional) => positional.required);
}

async function printHelp(screen: Screen, resolved: Resolved, length: HelpLength): Promise<void> {
  const { helpOn } = await import("./help.ts");
  screen.write(await helpOn(resolved, length));
}

/** Writes of a failure what fits its reader, and returns the exit code. */
function tell(thrown: unknown, stderr: Screen): number {
  if (thrown instanceof ReaderGone) return 0;
  const { text, code } = isCodedFailure(thrown)
    ? { text: codedFailureText(thrown, stderr), code: thrown.exitCode }
    : told(asPlasmiteError(thrown), stderr);
  try {
    stderr.write(text);
  } catch {
    // Nobody listens any more; the exit code still tells.
  }
  return code;
}

function told(error: PlasmiteError, stderr: Screen): { text: string; code: number } {
  const text = stderr.isTerminal ? failureText(error, stderr) : failureEnvelope(error) + "\n";
  return { text, code: exitCode(error.kind) };
}
