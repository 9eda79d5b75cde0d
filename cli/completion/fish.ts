/**
 * Completion for fish: one line for each thing that can be typed, with the place
 * where it can be.
 *
 * @module
 */

import {
  type CommandEntry,
  type CompletionTable,
  type FlagEntry,
  NAMES_FLAGS,
  type Values,
} from "./table.ts";

/** The script, made for the commands of `table`. */
export function fishScript(table: CompletionTable): string {
  return `# fish completion for pls. In config.fish: pls completion fish | source

# What was typed before the cursor: the command, how many words follow it, and --dir.
function __pls_typed
    set -l typed_command ''
    set -l count 0
    set -l flag ''
    set -l dir ''
    set -l only_words ''
    for word in (commandline -opc)[2..-1]
        if test -n "$flag"
            test x"$flag" = x--dir; and set dir (string replace -r '^~' -- $HOME $word)
            set flag ''
        else if test -z "$only_words"; and test x"$word" = x--
            set only_words yes
        else if test -z "$only_words"; and string match -qr -- '^-.' $word
            switch "$typed_command $word"
                case ${table.flatMap(flagsWithValue).map(quoted).join(" ")}
                    set flag $word
            end
        else
            switch "$count $typed_command>$word"
${table.flatMap(memberCases).join("\n")}
                case '*'
                    set count (math $count + 1)
            end
        end
    end
    printf '%s\\n' "$typed_command" $count "$dir"
end

# Whether the cursor is behind that command, and behind that many words.
function __pls_at
    set -l typed (__pls_typed)
    test "$typed[1]" = "$argv[1]"; or return 1
    test (count $argv) -eq 1; or test "$typed[2]" = "$argv[2]"
end

function __pls_pools
    # What has a slash is the path of a pool.
    if string match -q -- '*/*' (commandline -ct)
        __fish_complete_path (commandline -ct)
        return
    end
    __pls_names ${NAMES_FLAGS.pool}
end

function __pls_names
    set -l dir (__pls_typed)[3]
    if test -n "$dir"
        pls --dir $dir completion fish $argv[1] 2>/dev/null
    else
        pls completion fish $argv[1] 2>/dev/null
    end
end

complete -c pls -e
complete -c pls -f
${table.flatMap(linesOf).join("\n")}
`;
}

function flagsWithValue({ name, flags }: CommandEntry): string[] {
  return flags.filter(({ values }) => values !== undefined)
    .flatMap(({ long, short }) => short === undefined ? [long] : [long, short])
    .map((flag) => `${name} ${flag}`);
}

function memberCases({ name, members }: CommandEntry): string[] {
  return members.map(({ word }) => {
    const command = quoted(`${name} ${word}`.trim());
    return `                case ${quoted(`0 ${name}>${word}`)}
                    set typed_command ${command}`;
  });
}

function linesOf({ name, members, flags, positionals }: CommandEntry): string[] {
  return [
    ...members.map(({ word, summary }) => {
      return line([name, "0"], `-a ${quoted(word)} -d ${quoted(summary)}`);
    }),
    ...positionals.filter(({ values }) => values.kind !== "none")
      .map(({ values, repeat }, index) => {
        return line(repeat ? [name] : [name, String(index)], offering(values));
      }),
    ...flags.map((flag) => line([name], flagOptions(flag))),
  ];
}

function line(place: readonly string[], options: string): string {
  // The place is a command for fish, in quotes that hold quoted words.
  return `complete -c pls -n ${quoted(["__pls_at", ...place.map(quoted)].join(" "))} ${options}`;
}

function flagOptions({ long, short, values, help }: FlagEntry): string {
  const spelled = [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)}`,
  ];
  const value = values === undefined ? [] : ["-r", offering(values)];
  return [...spelled, ...value, `-d ${quoted(help)}`].join(" ");
}

function offering(values: Values): string {
  if (values.kind === "words") return `-f -a ${quoted(values.words.join(" "))}`;
  return {
    pool: "-f -a '(__pls_pools)'",
    handle: `-f -a '(__pls_names ${NAMES_FLAGS.handle})'`,
    target: `-f -a '(__pls_names ${NAMES_FLAGS.target})'`,
    path: "-F",
    none: "-f",
  }[values.kind];
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
