/**
 * Payloads from standard input: a line is one.
 *
 * @module
 */

import { UsageError } from "../../pool/mod.ts";
import type { ByteSource } from "../session.ts";

const CHUNK_BYTES = 64 * 1024;

/**
 * All lines of `input` that are not empty, without their line ends.
 *
 * @throws {UsageError} when it is no UTF-8: a payload is text.
 */
export function payloadLines(input: ByteSource): string[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const chunk = new Uint8Array(CHUNK_BYTES);
  let text = "";
  try {
    for (let count = input.readSync(chunk); count !== null; count = input.readSync(chunk)) {
      text += decoder.decode(chunk.subarray(0, count), { stream: true });
    }
    text += decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError("standard input is not UTF-8 text", {
      hint: "A payload is text: encode what is not, for example with base64.",
    });
  }
  return text.split("\n").map((line) => line.replace(/\r$/, "")).filter((line) => line !== "");
}
