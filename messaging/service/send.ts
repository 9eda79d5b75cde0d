/**
 * Sending.
 *
 * @module
 */

import {
  checkHandle,
  checkSubject,
  EMPTY_BATCH_REPLY,
  type Envelope,
  type EnvelopeContent,
  formatPipePath,
  newEnvelope,
  newError,
  type SendBatchReply,
  type SendBatchRequest,
  type SendReply,
  type SendRequest,
  type SendRequestTarget,
} from "../contracts/mod.ts";
import type { PipeRecord } from "../registry/mod.ts";
import { type Context, sessionOf } from "./context.ts";
import { checkAddress, pipeOf, sourceAt } from "./places.ts";

const encoder = new TextEncoder();

/** Bytes of UTF-8 in the payloads of a batch, at most: as JSON, they fit into a line of the daemon. */
const BATCH_BYTES_MAX = 10 * 2 ** 20;

/** Sends one message. It is stored when this returns. */
export async function send(context: Context, request: SendRequest): Promise<SendReply> {
  const { payload, msg_subject: subject = "", in_reply_to: inReplyTo, sender } = request;
  checkSubject(subject);
  // Receipts and answers go by it, and people take it for true.
  if (sender) checkHandle(sender);
  const content = { subject, payload, inReplyTo, ackRequested: request.ack_requested };
  const { ids, ...sent } = await sendAll(context, request, [content], sender);
  return { id: ids[0], subject: sent.subject, bytes: sent.bytes[0] };
}

/** Sends several messages: in files all of them or none; on NATS, a failure can leave the first. */
export async function sendBatch(
  context: Context,
  request: SendBatchRequest,
): Promise<SendBatchReply> {
  const { payloads } = request;
  if (payloads.length === 0) return EMPTY_BATCH_REPLY;
  const sizeBytes = payloads.reduce((sum, payload) => sum + encoder.encode(payload).length, 0);
  if (sizeBytes > BATCH_BYTES_MAX) {
    throw newError(
      "E_PAYLOAD_TOO_LARGE",
      `the payloads of a batch may have ${BATCH_BYTES_MAX} bytes together, and these have ${sizeBytes}`,
      { hint: "Send them in several batches." },
    );
  }
  return await sendAll(context, request, payloads.map((payload) => ({ payload })));
}

async function sendAll(
  context: Context,
  request: SendRequestTarget,
  contents: readonly EnvelopeContent[],
  givenSender?: string,
): Promise<{ ids: string[]; subject: string; bytes: number[] }> {
  const { store, home } = context;
  const sender = givenSender || home.current(sessionOf(request));
  const pipe = await destination(context, request);
  const nowMs = context.now();
  const envelopes: Envelope[] = contents.map((content) =>
    newEnvelope({ ...content, sender }, nowMs)
  );
  await store.append(pipe, envelopes);
  return {
    ids: envelopes.map(({ id }) => id),
    subject: store.subjectOf(formatPipePath(pipe.manifold, pipe.handle, pipe.name)),
    bytes: contents.map(({ payload }) => encoder.encode(payload).length),
  };
}

/** The pipe that a request to send names. */
async function destination(
  { store, home }: Context,
  request: SendRequestTarget,
): Promise<PipeRecord> {
  const { handle, channel, bare_target: bareTarget } = request;
  const session = sessionOf(request);
  const state = await store.refresh();
  if (bareTarget) {
    checkAddress(bareTarget);
    const pipe = state.uncollaredPipe(home.namespace(session), bareTarget);
    if (pipe !== undefined) return pipe;
  }
  const current = handle ? "" : home.current(session);
  const target = handle || current;
  if (target === "") throw newError("E_NO_CURRENT_SOURCE");
  const name = channel || "broadcast";
  checkAddress(name);
  if (current !== "" && state.source(current) === undefined) {
    await home.clearCurrent(session);
    throw newError("E_NO_CURRENT_SOURCE");
  }
  return pipeOf(sourceAt(state, target), name);
}
