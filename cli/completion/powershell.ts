/**
 * Completion for PowerShell: tables, and one block that walks the words typed so far.
 * When it offers nothing, PowerShell completes names of files.
 *
 * @module
 */

import { type CommandEntry, type CompletionTable, NAMES_FLAGS, type Values } from "./table.ts";

/** The script, made for the commands of `table`. */
export function powershellScript(table: CompletionTable): string {
  return `# PowerShell completion for pls. In the profile:
# pls completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName pls -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $members = @{
${table.filter(({ members }) => members.length > 0).map(memberRow).join("\n")}
    }
    $flags = @{
${table.map(flagRow).join("\n")}
    }
    # Of a flag, or of a positional by its number: words, or where to take them from.
    $values = @{
${table.flatMap(valueRows).join("\n")}
    }
    $command = ''
    $flag = ''
    $dir = @()
    $count = 0
    $onlyWords = $false
    $typed = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    foreach ($word in $typed) {
        if ($flag -ne '') {
            if ($flag -eq '--dir') { $dir = @('--dir', $word.Trim("'", '"')) }
            $flag = ''
        } elseif (-not $onlyWords -and $word -ceq '--') {
            $onlyWords = $true
        } elseif (-not $onlyWords -and $word.Length -gt 1 -and $word.StartsWith('-')) {
            if ($values.ContainsKey("$command $word")) { $flag = $word }
        } elseif ($count -eq 0 -and $members[$command] -ccontains $word) {
            $command = "$command $word".Trim()
        } else {
            $count++
        }
    }
    if ($flag -ne '') {
        $offered = $values["$command $flag"]
    } elseif (-not $onlyWords -and $wordToComplete.StartsWith('-')) {
        $offered = $flags[$command]
    } elseif ($members.ContainsKey($command)) {
        $offered = $members[$command]
    } elseif ($values.ContainsKey("$command *")) {
        $offered = $values["$command *"]
    } else {
        $offered = $values["$command $count"]
    }
    if ($offered -ceq '<pool>') {
        $offered = @(pls @dir completion powershell ${NAMES_FLAGS.pool} 2>$null)
    } elseif ($offered -ceq '<handle>') {
        $offered = @(pls @dir completion powershell ${NAMES_FLAGS.handle} 2>$null)
    } elseif ($offered -ceq '<target>') {
        $offered = @(pls @dir completion powershell ${NAMES_FLAGS.target} 2>$null)
    } elseif ($offered -ceq '<other>') {
        $offered = @()
    }
    $offered | Where-Object { $_ -and $_.StartsWith($wordToComplete) } | ForEach-Object {
        $text = if ($_ -match '[^\\w./:-]') { "'" + $_.Replace("'", "''") + "'" } else { $_ }
        [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
    }
}
`;
}

function memberRow({ name, members }: CommandEntry): string {
  return row(name, list(members.map(({ word }) => word)));
}

function flagRow({ name, flags }: CommandEntry): string {
  return row(name, list(flags.map(({ long }) => long)));
}

function valueRows({ name, flags, positionals }: CommandEntry): string[] {
  return [
    ...flags.flatMap(({ long, short, values }) => {
      if (values === undefined) return [];
      const rows = [row(`${name} ${long}`, offered(values))];
      // Keys differ in case alone nowhere: PowerShell's tables would take them for one.
      return short === undefined ? rows : [...rows, row(`${name} ${short}`, offered(values))];
    }),
    ...positionals.map(({ values, repeat }, index) => {
      return row(`${name} ${repeat ? "*" : index}`, offered(values));
    }),
  ];
}

function row(key: string, value: string): string {
  return `        ${quoted(key)} = ${value}`;
}

function offered(values: Values): string {
  if (values.kind === "words") return list(values.words);
  return Object.hasOwn(NAMES_FLAGS, values.kind) ? quoted(`<${values.kind}>`) : "'<other>'";
}

function list(words: readonly string[]): string {
  return `@(${words.map(quoted).join(", ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
