/**
 * docs/library.md: what the entry points for programs export, with the first paragraph of what
 * the code says about each; all of it is what `deno doc` finds.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { denoOutput } from "./deno_output.ts";

const INTRODUCTION = `# The library

What programs can import, made from the comments in the code. \`deno doc jsr:${config.name}\` and
editors show all of it, with types and examples; recipes are in the [Cookbook](cookbook.md). What
of this stays as it is, is in [Stability](stability.md).

Failures are thrown, and every one is a [\`PlasmiteError\`](#plasmiteerror) with a \`kind\` and a
\`hint\`.
`;

/** An entry point of the package, as `deno doc --json` has it. */
export interface EntryPoint {
  /** What it is imported as. */
  readonly specifier: string;
  /** What is said about the whole of it. */
  readonly doc: Documentation;
  /** What it exports. */
  readonly symbols: readonly Exported[];
}

interface Documentation {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

/** Something that is exported, or a member of it. */
interface Exported {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

interface Declaration {
  readonly kind: "class" | "function" | "interface" | "typeAlias" | "variable";
  readonly jsDoc?: Documentation;
  readonly def: {
    readonly properties?: readonly Member[];
    readonly methods?: readonly Member[];
  };
}

interface Member {
  readonly name: string;
  readonly jsDoc?: Documentation;
  readonly isStatic?: boolean;
  readonly functionDef?: { readonly params: readonly Parameter[] };
  readonly params?: readonly Parameter[];
}

interface Parameter {
  readonly name?: string;
  readonly left?: { readonly name?: string };
}

/** The entry points that have exports, in the order deno.json has them. */
export function entryPoints(): EntryPoint[] {
  return Object.entries(config.exports).map(([name, path]) => {
    const { nodes } = JSON.parse(denoOutput(["doc", "--json", path]));
    const [{ module_doc, symbols }] = Object.values(nodes) as [
      { module_doc: Documentation; symbols: Exported[] },
    ];
    return { specifier: config.name + name.slice(1), doc: module_doc, symbols };
  }).filter(({ symbols }) => symbols.length > 0);
}

/** The page, in Markdown. */
export function libraryPage(): string {
  const points = entryPoints();
  return [INTRODUCTION, ...points.map(contents), ...points.map(section)].join("\n\n") + "\n";
}

const KINDS = {
  class: "Classes",
  function: "Functions",
  interface: "Interfaces",
  typeAlias: "Types",
  variable: "Constants",
} as const;

/** What an entry point exports, kind by kind. */
function contents({ specifier, symbols }: EntryPoint): string {
  const lines = Object.entries(KINDS).flatMap(([kind, title]) => {
    const names = symbols.filter(({ declarations: [{ kind: its }] }) => its === kind)
      .map(({ name }) => `[\`${name}\`](#${name.toLowerCase()})`);
    return names.length === 0 ? [] : [`- ${title}: ${names.join(", ")}`];
  });
  return [`**\`${specifier}\`**`, lines.join("\n")].join("\n\n");
}

function section({ specifier, doc, symbols }: EntryPoint): string {
  const example = doc.tags?.find(({ kind }) => kind === "example")?.doc ?? "";
  const [code = ""] = /```[^]*```/.exec(example) ?? [];
  return [
    `## ${specifier}`,
    paragraphs(doc).map(plain).join("\n\n"),
    code,
    ...symbols.map(entry),
  ].join("\n\n");
}

function entry({ name, declarations: [{ jsDoc, def }] }: Exported): string {
  const { methods = [], properties = [] } = def;
  const members = [...properties, ...methods].filter(({ name }) => !name.startsWith("["));
  return [
    `### ${name}`,
    summary(jsDoc),
    members.map((member) => `- ${signature(member)}: ${summary(member.jsDoc)}`).join("\n"),
  ].join("\n\n");
}

/** A member as it is written in code, with the names of its parameters. */
function signature({ name, isStatic, functionDef, params = functionDef?.params }: Member): string {
  const names = params?.map(({ name, left }) => name ?? left?.name ?? "options").join(", ");
  const text = names === undefined ? name : `${name}(${names})`;
  return `\`${isStatic ? "static " : ""}${text}\``;
}

/** The first paragraph, and what is thrown when. */
function summary(doc: Documentation = {}): string {
  const thrown = doc.tags?.filter(({ kind }) => kind === "throws") as Thrown[] | undefined;
  const throws = thrown?.map(({ tsType, doc = "" }) => ` Throws \`${tsType?.repr}\` ${plain(doc)}`);
  return [plain(paragraphs(doc)[0] ?? ""), ...throws ?? []].join("").trim();
}

interface Thrown {
  readonly doc?: string;
  readonly tsType?: { readonly repr: string };
}

const paragraphs = ({ doc = "" }: Documentation) => doc.trim().split(/\n\s*\n/);

/** Text on one line, and links to code as code. */
function plain(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ")
    .replaceAll(/\{@link(?:code|plain)?\s+([^}\s|]+)(?:[^}]*)\}/g, "`$1`");
}
