/**
 * Answering requests that are not understood well enough to have a route.
 *
 * @module
 */

import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { UsageError } from "../pool/mod.ts";
import { failureJson, PROTOCOL_VERSION } from "./refusal.ts";

/** The code of a request that did not arrive in time; those of the parser begin with HPE_. */
const REQUEST_TIMEOUT = "ERR_HTTP_REQUEST_TIMEOUT";

/** Tells the client of `socket` what is wrong, and closes the connection. */
export function refuseUnparsed(error: Error & { code?: string }, socket: Duplex): void {
  // All else is no request, such as a connection that broke or never got to speak TLS.
  const isRequest = error.code === REQUEST_TIMEOUT || error.code?.startsWith("HPE_");
  if (!socket.writable || !isRequest) {
    socket.destroy();
    return;
  }
  const { status, failure } = refusalOf(error.code);
  const body = JSON.stringify({ error: failureJson(failure) });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/json",
    `content-length: ${new TextEncoder().encode(body).length}`,
    `plasmite-version: ${PROTOCOL_VERSION}`,
    "connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

function refusalOf(code: string | undefined): { status: number; failure: UsageError } {
  if (code === "HPE_HEADER_OVERFLOW") {
    return { status: 431, failure: new UsageError("the headers are larger than 16 KiB") };
  }
  if (code === REQUEST_TIMEOUT) {
    return { status: 408, failure: new UsageError("the request took too long to arrive") };
  }
  return { status: 400, failure: new UsageError("the request is not HTTP/1.1") };
}
