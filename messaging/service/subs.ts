/**
 * What a session is subscribed to: targets such as `nina.inbox` and `ops.lobby`, and patterns.
 *
 * @module
 */

import {
  formatPipePath,
  isGlob,
  isSegment,
  type ListReply,
  newError,
  parseGlob,
  type PipeInfo,
  type SubsAddReply,
  type SubsAddRequest,
  type SubsListReply,
  type SubsRemoveOutcome,
  type SubsRemoveReply,
  type SubsRemoveRequest,
} from "../contracts/mod.ts";
import type { Home } from "../home/mod.ts";
import type { PipeRecord } from "../registry/mod.ts";
import { type Context, sessionOf } from "./context.ts";
import { list } from "./list.ts";

const PERCENT = { percent: true };

/** What is subscribed, and the pipes that are meant. */
export async function listSubscriptions(
  context: Context,
  session: string,
): Promise<SubsListReply> {
  const subscriptions = context.home.subscriptions(session);
  const matching = matcherOf(subscriptions);
  const reply = await list(context, session, (names) => matching(pathAmong(names)).length > 0);
  return { ...withMatches(reply, matching), ...subscriptions.length > 0 && { subscriptions } };
}

/** Whether a session is subscribed to a pipe. */
export function subscribedFilter(home: Home, session: string): (pipe: PipeRecord) => boolean {
  const matching = matcherOf(home.subscriptions(session));
  return ({ manifold, handle, name }) => {
    const path = formatPipePath(handle === "" ? manifold : "", handle, name);
    return matching(path).length > 0;
  };
}

/** Subscribes to targets and patterns. */
export async function addSubscriptions(
  { home }: Context,
  request: SubsAddRequest,
): Promise<SubsAddReply> {
  const session = sessionOf(request);
  const targets = request.targets.map((target) => resolved(home, session, target));
  const subs = await home.changeSubscriptions(session, (all) => {
    for (const target of targets) all.add(target);
  });
  return { subs };
}

/** Unsubscribes; the own inbox only by force. */
export async function removeSubscriptions(
  { home }: Context,
  request: SubsRemoveRequest,
): Promise<SubsRemoveReply> {
  const session = sessionOf(request);
  const targets = request.targets.map((target) => resolved(home, session, target));
  const own = [home.current(session), session].map((handle) => `${handle}.inbox`);
  const before = home.subscriptions(session);
  const isOwn = (target: string) => own.includes(target) && before.includes(target);
  if (!request.force && targets.some(isOwn)) throw newError("E_OWN_INBOX");
  const outcomes: SubsRemoveOutcome[] = [];
  const subs = await home.changeSubscriptions(session, (all) => {
    for (const target of targets) outcomes.push({ target, removed: all.delete(target) });
  });
  const patterns = subs.filter((target) => isGlob(target, PERCENT));
  for (const outcome of outcomes) {
    const covering = patterns.find((pattern) => {
      return parseGlob(pattern, PERCENT)?.matches(outcome.target) ?? false;
    });
    if (covering !== undefined) outcome.covered_by_pattern = covering;
  }
  return { subs, outcomes };
}

/** Subscribes sessions to the inbox of a source. */
export async function addOwnInbox(
  home: Home,
  handle: string,
  sessions: readonly string[],
): Promise<void> {
  for (const session of new Set(sessions)) {
    await home.changeSubscriptions(session, (all) => all.add(`${handle}.inbox`));
  }
}

/** Unsubscribes all sessions from the inbox of a source that is gone. */
export async function removeOwnInbox(home: Home, handle: string): Promise<void> {
  const inbox = `${handle}.inbox`;
  for (const session of home.subscribedSessions()) {
    if (home.subscriptions(session).includes(inbox)) {
      await home.changeSubscriptions(session, (all) => all.delete(inbox));
    }
  }
}

/** A target as it is kept: `inbox` is that of the current source, a leaf is at the namespace. */
function resolved(home: Home, session: string, target: string): string {
  if (isGlob(target, PERCENT)) {
    if (parseGlob(target, PERCENT) !== undefined) return target;
    throw newError("E_INVALID_PIPE", `'${target}' is not a pattern: a class has to be closed`);
  }
  if (target === "inbox") {
    const current = home.current(session);
    if (current === "") throw newError("E_NO_CURRENT_SOURCE");
    return `${current}.inbox`;
  }
  if (!target.split(".").every(isSegment)) throw newError("E_INVALID_PIPE");
  return target.includes(".") ? target : formatPipePath(home.namespace(session), "", target);
}

/** Gives those of `targets` that match the path of a pipe. */
function matcherOf(targets: readonly string[]): (path: string) => string[] {
  const globs = new Map(targets.map((target) => [target, parseGlob(target, PERCENT)]));
  return (path) => targets.filter((target) => globs.get(target)?.matches(path));
}

/** The full path among the names of a pipe: the last one. */
function pathAmong(names: readonly string[]): string {
  return names[names.length - 1];
}

function withMatches(
  { sources, uncollared_pipes: uncollared }: ListReply,
  matching: (path: string) => string[],
): ListReply {
  const matched = (info: PipeInfo, path: string): PipeInfo => {
    return { ...info, matched_by: matching(path) };
  };
  return {
    sources: sources.map((source) => {
      const { handle, pipe_infos: infos = [] } = source;
      const pipe_infos = infos.map((info) => matched(info, `${handle}.${info.pipe}`));
      return { ...source, pipe_infos };
    }),
    ...uncollared !== undefined && {
      uncollared_pipes: uncollared.map((row) => {
        return { ...row, info: matched(row.info, row.info.pipe) };
      }),
    },
  };
}
