/**
 * Laying out JSON text for reading. Works on the text alone: every number and string stays
 * as it is spelled, every key where it is.
 *
 * @module
 */

/** What a piece of JSON text is. */
export type PieceKind = "key" | "string" | "number" | "word" | "plain";

/** A piece of laid out JSON text. */
export interface Piece {
  /** What it is. */
  kind: PieceKind;
  /** Its text. */
  text: string;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** The pieces of `json`, which must be valid JSON text, with line breaks and two blanks a level. */
export function prettyPieces(json: string): Piece[] {
  const pieces: Piece[] = [];
  const tokens = json.match(TOKEN) ?? [];
  let depth = 0;
  let plain = "";
  const push = (kind: PieceKind, text: string) => {
    if (plain !== "") pieces.push({ kind: "plain", text: plain });
    plain = "";
    pieces.push({ kind, text });
  };
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if (token === "{" || token === "[") {
      const isEmpty = next === "}" || next === "]";
      plain += token;
      if (!isEmpty) plain += newLine(++depth);
    } else if (token === "}" || token === "]") {
      const isEmpty = ["{", "["].includes(tokens[index - 1]);
      plain += isEmpty ? token : newLine(--depth) + token;
    } else if (token === ",") plain += token + newLine(depth);
    else if (token === ":") plain += ": ";
    else if (token.startsWith('"')) push(next === ":" ? "key" : "string", token);
    else push(/^[tfn]/.test(token) ? "word" : "number", token);
  }
  if (plain !== "") pieces.push({ kind: "plain", text: plain });
  return pieces;
}

function newLine(depth: number): string {
  return "\n" + "  ".repeat(depth);
}
