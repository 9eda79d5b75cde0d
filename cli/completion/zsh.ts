/**
 * Completion for zsh: one function for each command, in the words of `_arguments`.
 *
 * @module
 */

import {
  type CommandEntry,
  type CompletionTable,
  type FlagEntry,
  identifierOf,
  NAMES_FLAGS,
  type PositionalEntry,
  type Values,
} from "./table.ts";

/** The script, made for the commands of `table`; it works sourced and from fpath. */
export function zshScript(table: CompletionTable): string {
  return `#compdef pls
# zsh completion for pls. In ~/.zshrc, after compinit: source <(pls completion zsh)

_pls_pools() {
  # What has a slash is the path of a pool.
  if [[ $PREFIX == */* ]]; then
    _files
    return
  fi
  _pls_names ${NAMES_FLAGS.pool}
}

_pls_names() {
  local -a names
  names=(\${(f)"$(pls $_pls_dir completion zsh $1 2>/dev/null)"})
  compadd -a names
}

_pls_handles() { _pls_names ${NAMES_FLAGS.handle} }

_pls_targets() { _pls_names ${NAMES_FLAGS.target} }

${[...table].reverse().map(functionOf).join("\n")}
if [[ $funcstack[1] == _pls ]]; then
  _pls "$@"
else
  compdef _pls pls
fi
`;
}

function functionOf(entry: CommandEntry): string {
  return entry.members.length > 0 ? groupFunction(entry) : commandFunction(entry);
}

function commandFunction(entry: CommandEntry): string {
  const specs = [...entry.flags.map(flagSpec), ...entry.positionals.map(positionalSpec)];
  return `${identifierOf(entry)}() {
  _arguments -s -S \\
    ${specs.join(" \\\n    ")}
}
`;
}

function groupFunction(entry: CommandEntry): string {
  const isProgram = entry.name === "";
  const specs = [
    ...entry.flags.map(flagSpec),
    quoted("1:command:->command"),
    quoted("*::argument:->arguments"),
  ];
  const members = entry.members.map(({ word, summary }) => quoted(`${word}:${summary}`));
  const calls = entry.members.map(({ word }) => {
    return `        ${word}) ${identifierOf({ name: `${entry.name} ${word}` })} ;;`;
  });
  return `${identifierOf(entry)}() {
  local curcontext=$curcontext state line${isProgram ? "\n  local -a _pls_dir" : ""}
  typeset -A opt_args
  _arguments -C -s -S \\
    ${specs.join(" \\\n    ")} && return
${isProgram ? DIRECTORY : ""}  case $state in
    command)
      local -a commands
      commands=(
        ${members.join("\n        ")}
      )
      _describe command commands
      ;;
    arguments)
      case $line[1] in
${calls.join("\n")}
      esac
      ;;
  esac
}
`;
}

/** The pools to complete are those of the directory that was typed. */
const DIRECTORY = `  if [[ -n $opt_args[--dir] ]]; then
    _pls_dir=(--dir \${\${(Q)opt_args[--dir]}/#\\~/$HOME})
  fi
`;

function flagSpec({ long, short, values, help, repeat }: FlagEntry): string {
  const explained = `[${help.replace(/[\\[\]]/g, "\\$&")}]`;
  const value = values === undefined ? "" : `:${long.slice(2)}:${action(values)}`;
  const [longEnd, shortEnd] = values === undefined ? ["", ""] : ["=", "+"];
  if (short === undefined) {
    return quoted(`${repeat ? "*" : ""}${long}${longEnd}${explained}${value}`);
  }
  const before = repeat ? "*" : `(${short} ${long})`;
  const spelled = `{${short}${shortEnd},${long}${longEnd}}`;
  return `${quoted(before)}${spelled}${quoted(explained + value)}`;
}

function positionalSpec({ name, values, repeat }: PositionalEntry, index: number): string {
  return quoted(`${repeat ? "*" : index + 1}:${name}:${action(values)}`);
}

/** A blank action completes nothing and shows what is expected. */
function action(values: Values): string {
  if (values.kind === "words") return `(${values.words.join(" ")})`;
  return {
    pool: "_pls_pools",
    handle: "_pls_handles",
    target: "_pls_targets",
    path: "_files",
    none: " ",
  }[values.kind];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
