/**
 * What the cookbook tells people to type: the shell blocks of a section, divided into
 * the scripts that are run at the same time.
 *
 * @module
 */

/** A piece of shell that is run as it is written. */
export interface Script {
  /** The shell text. */
  readonly text: string;
  /**
   * How it ends: by itself, by itself once others have sent what it waits for, or only
   * when it is stopped.
   */
  readonly ends: "by itself" | "after others" | "when stopped";
}

const SECTION = /^## (.*)$/m;
const BASH_BLOCK = /^```bash\n(.*?)^```$/gms;
/** A comment that names a script starts it. */
const SCRIPT_START = /^(?=# [\w-]+\.sh\b)/m;
/** A command, with the lines it is continued on. */
const COMMAND = /(?:.*\\\n)*.*\n/g;

/**
 * The scripts of the section `title` of a Markdown page, in the order in which they
 * stand there.
 *
 * @throws {Error} when there is no such section, or nothing to run in it.
 */
export function scriptsOf(markdown: string, title: string): Script[] {
  const parts = markdown.split(SECTION);
  const at = parts.findIndex((part, i) => i % 2 === 1 && part === title);
  const body = at === -1 ? "" : parts[at + 1];
  const blocks = Array.from(body.matchAll(BASH_BLOCK), ([, block]) => block);
  if (blocks.length === 0) throw new Error(`the section ${title} has no shell blocks`);
  return blocks.flatMap((block) => block.split(SCRIPT_START)).flatMap(divide);
}

/**
 * Commands that never end become scripts of their own: what follows is not to wait for
 * them. So do replays, each of which prints all there is.
 */
function divide(script: string): Script[] {
  const commands = (script.match(COMMAND) ?? []).filter((command) => command.trim() !== "");
  const scripts: Script[] = [];
  let text = "";
  const finish = () => {
    if (/^[^#\n]/m.test(text)) scripts.push({ text, ends: endOf(text) });
    text = "";
  };
  for (const command of commands) {
    const ends = endOf(command);
    if (ends !== "when stopped" && !isReplay(command)) {
      text += command;
      continue;
    }
    finish();
    scripts.push({ text: command, ends });
  }
  finish();
  return scripts;
}

function endOf(text: string): Script["ends"] {
  if (!/^pls follow /m.test(text)) return "by itself";
  if (/ --one\b/.test(text)) return "after others";
  return / --timeout\b/.test(text) || isReplay(text) ? "by itself" : "when stopped";
}

/** Whether it is a replay, which takes as long as what it replays took. */
export function isReplay(text: string): boolean {
  return /^pls follow .* --replay\b/m.test(text);
}
