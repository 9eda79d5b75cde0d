/**
 * Completion for bash, 3.2 and later: one function that walks the words typed so far.
 *
 * Names of pools and others are only ever compared and quoted, never expanded: a name is data
 * of somebody else, and `compgen -W` would run the `$(…)` in it.
 *
 * @module
 */

import { type CommandEntry, type CompletionTable, NAMES_FLAGS, type Values } from "./table.ts";

/** The script, made for the commands of `table`. */
export function bashScript(table: CompletionTable): string {
  return `# bash completion for pls. In ~/.bashrc: eval "$(pls completion bash)"

_pls_words() {
  local word
  for word; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

_pls_names() {
  local name
  while IFS= read -r name; do
    [[ $name == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
  done < <(pls "\${dir[@]}" completion bash "$1" 2>/dev/null)
}

# What is no pool has no path either.
_pls_other_names() {
  _pls_nothing
  _pls_names "$1"
}

# Names of files are what bash completes when this completes nothing.
_pls_files() { :; }

_pls_nothing() { compopt +o default 2>/dev/null; }

_pls() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' flag='' only_words='' count=0 i word
  # An empty list would be an unset one for bash 3.2.
  local -a dir=(--color auto)
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $flag ]]; then
      # --flag=value comes as three words.
      [[ $word == = ]] && continue
      [[ $flag == --dir ]] && dir=(--dir "\${word/#\\~/$HOME}")
      flag=
    elif [[ -z $only_words && $word == -- ]]; then
      only_words=yes
    elif [[ -z $only_words && $word == -?* ]]; then
      case "$command $word" in
        ${patterns(table.flatMap(flagsWithValue))}) flag=$word ;;
      esac
    else
      case "$count $command>$word" in
${table.flatMap(memberCases).join("\n")}
        *) count=$((count + 1)) ;;
      esac
    fi
  done
  [[ $cur == = ]] && cur=
  if [[ -n $flag ]]; then
    case "$command $flag" in
${table.flatMap(valueCases).join("\n")}
      *) _pls_nothing ;;
    esac
  elif [[ -z $only_words && $cur == -* ]]; then
    case $command in
${table.map(flagCase).join("\n")}
    esac
  else
    case "$command $count" in
${table.flatMap(positionalCases).join("\n")}
      *) _pls_nothing ;;
    esac
  fi
}

complete -o default -F _pls pls
`;
}

function patterns(texts: readonly string[]): string {
  return texts.map((text) => `'${text}'`).join(" | ");
}

function spellings({ long, short }: CommandEntry["flags"][number]): string[] {
  return short === undefined ? [long] : [long, short];
}

function flagsWithValue({ name, flags }: CommandEntry): string[] {
  return flags.filter(({ values }) => values !== undefined).flatMap(spellings)
    .map((flag) => `${name} ${flag}`);
}

function memberCases({ name, members }: CommandEntry): string[] {
  return members.map(({ word }) => {
    return `        '0 ${name}>${word}') command='${`${name} ${word}`.trim()}' ;;`;
  });
}

function valueCases({ name, flags }: CommandEntry): string[] {
  return flags.filter(({ values }) => values !== undefined && values.kind !== "none")
    .map((flag) => {
      const spelled = spellings(flag).map((spelling) => `${name} ${spelling}`);
      return `      ${patterns(spelled)}) ${completing(flag.values!)} ;;`;
    });
}

function flagCase({ name, flags }: CommandEntry): string {
  return `      '${name}') _pls_words ${flags.flatMap(spellings).join(" ")} ;;`;
}

function positionalCases({ name, members, positionals }: CommandEntry): string[] {
  if (members.length > 0) {
    return [`      '${name} 0') _pls_words ${members.map(({ word }) => word).join(" ")} ;;`];
  }
  return positionals.map(({ values, repeat }, index) => {
    const pattern = repeat ? `'${name} '*` : `'${name} ${index}'`;
    return `      ${pattern}) ${completing(values)} ;;`;
  });
}

function completing(values: Values): string {
  if (values.kind === "words") return `_pls_words ${values.words.join(" ")}`;
  return {
    pool: `_pls_names ${NAMES_FLAGS.pool}`,
    handle: `_pls_other_names ${NAMES_FLAGS.handle}`,
    target: `_pls_other_names ${NAMES_FLAGS.target}`,
    path: "_pls_files",
    none: "_pls_nothing",
  }[values.kind];
}
