/**
 * The pages of the documentation, and whether their links lead somewhere.
 *
 * @module
 */

import { anchorsOf, type Link, linksOf } from "./markdown.ts";

const ROOT = new URL("../../", import.meta.url);

/** The paths of all pages, from the project's folder. */
export function pages(): string[] {
  return ["README.md", "CHANGELOG.md", ...pagesBelow("docs/"), ...pagesBelow("examples/")];
}

function pagesBelow(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return pagesBelow(`${folder}${name}/`);
    return name.endsWith(".md") ? [folder + name] : [];
  }).sort();
}

/** The text of a page. */
export function readPage(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** What is wrong with the links of the page `text` at `path`, line by line. */
export function linkProblems(path: string, text: string): string[] {
  return linksOf(text).flatMap((link) => {
    const problem = problemWith(path, text, link);
    return problem === undefined ? [] : [`${path}:${link.line}: ${link.target} ${problem}`];
  });
}

function problemWith(path: string, text: string, { target }: Link): string | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return problemWithAddress(target);
  const file = fileOf(path, target);
  if (file === undefined) return "leads out of the project";
  if (file !== path && !isThere(file)) return "is not there";
  const anchor = /#(.*)$/.exec(target)?.[1];
  if (anchor === undefined) return undefined;
  if (!file.endsWith(".md")) return "has an anchor, but is no page";
  const page = file === path ? text : readPage(file);
  return anchorsOf(page).has(decodeURIComponent(anchor)) ? undefined : "has no such heading";
}

/** Nothing is fetched: an address has to look like one. */
function problemWithAddress(target: string): string | undefined {
  const url = URL.parse(target);
  if (url === null) return "is no address";
  const isHere = url.hostname === "127.0.0.1" || url.hostname === "localhost";
  if (url.protocol === "http:" && isHere) return undefined;
  if (url.protocol !== "https:") return "is not https";
  return /^[a-z\d-]+(\.[a-z\d-]+)+$/.test(url.hostname) ? undefined : "has no host on the internet";
}

/** The path of the file that a link leads to, from the project's folder. */
export function fileOf(path: string, target: string): string | undefined {
  if (target.startsWith("#")) return path;
  const url = new URL(target.replace(/#.*$/, ""), new URL(path, ROOT));
  if (target.startsWith("/") || !url.href.startsWith(ROOT.href)) return undefined;
  return decodeURIComponent(url.href.slice(ROOT.href.length));
}

function isThere(file: string): boolean {
  try {
    Deno.statSync(new URL(file, ROOT));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
