/**
 * What there is, and what of it a session has not read.
 *
 * @module
 */

import {
  collaredNames,
  formatPipePath,
  type ListReply,
  type PipeInfo,
  type Source,
  truncatePayload,
  type UncollaredPipe,
} from "../contracts/mod.ts";
import type { Cursor } from "../home/mod.ts";
import type { PipeRecord, SourceRecord } from "../registry/mod.ts";
import type { PipeContent } from "../store/mod.ts";
import { contentsOf } from "./contents.ts";
import type { Context } from "./context.ts";
import { cursorKey, unreadCount } from "./cursor.ts";

/** Which pipes are wanted, by the names that a pattern is tried against. */
export type RowFilter = (names: readonly string[]) => boolean;

/** The names that patterns are tried against for a pipe. */
export function namesOf({ manifold, handle, name }: PipeRecord): readonly string[] {
  return handle === "" ? [formatPipePath(manifold, "", name)] : collaredNames(handle, name);
}

/** Lists the wanted pipes with what `session` has not read of them. */
export async function list(
  context: Context,
  session: string,
  isWanted: RowFilter = () => true,
): Promise<ListReply> {
  const { store, home } = context;
  const state = await store.refresh();
  const cursors = home.cursors(session);
  const wanted = (pipe: PipeRecord) => isWanted(namesOf(pipe));
  const sources = state.sources.map((source) => {
    return { source, pipes: sortedPipes(source).filter(wanted) };
  });
  const uncollared = state.uncollared.filter(wanted);
  const pipes = [...sources.flatMap(({ pipes }) => pipes), ...uncollared];
  const contents = await contentsOf(context, pipes);
  const infoOf = (pipe: PipeRecord) => {
    const cursor = cursors.get(cursorKey(state.account, pipe));
    return pipeInfo(pipe, contents.get(pipe)!, cursor);
  };
  return {
    // With a filter, sources without a pipe that passes it are left out.
    sources: sources.filter(({ pipes }) => pipes.length > 0)
      .map(({ source, pipes }) => sourceRow(source, pipes.map(infoOf))),
    ...uncollared.length > 0 && {
      uncollared_pipes: uncollared.map((pipe) => uncollaredRow(pipe, infoOf(pipe))),
    },
  };
}

/** Whether anything that is listed is unread. */
export function hasUnread({ sources, uncollared_pipes: uncollared = [] }: ListReply): boolean {
  return sources.some(({ pipe_infos: infos = [] }) => infos.some(({ unread }) => unread > 0)) ||
    uncollared.some(({ info }) => info.unread > 0);
}

/** The number of the last message of each pipe that is listed, in one text. */
export function lastSeqs({ sources, uncollared_pipes: uncollared = [] }: ListReply): string {
  const infos = [
    ...sources.flatMap(({ pipe_infos: infos = [] }) => infos),
    ...uncollared.map(({ info }) => info),
  ];
  return infos.map(({ last_seq: lastSeq = 0 }) => lastSeq).join(" ");
}

/** What is listed and unread. */
export function onlyUnread({ sources, uncollared_pipes: uncollared = [] }: ListReply): ListReply {
  const isUnread = ({ unread }: PipeInfo) => unread > 0;
  const pipes = uncollared.filter(({ info }) => isUnread(info));
  return {
    sources: sources
      .map((source) => ({ ...source, pipe_infos: source.pipe_infos?.filter(isUnread) }))
      .filter(({ pipe_infos: infos = [] }) => infos.length > 0),
    ...pipes.length > 0 && { uncollared_pipes: pipes },
  };
}

function sortedPipes({ pipes }: SourceRecord): PipeRecord[] {
  return [...pipes.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

function sourceRow({ handle, manifold, kind, by, pipes }: SourceRecord, infos: PipeInfo[]): Source {
  const user = Array.from(pipes.values()).filter(({ isUser }) => isUser).map(({ name }) => name);
  return {
    handle,
    ...manifold !== "" && { manifold },
    kind,
    ...user.length > 0 && { pipes: user.sort() },
    pipe_infos: infos,
    ...by !== "" && { created_by: by },
  };
}

function uncollaredRow({ manifold, name }: PipeRecord, info: PipeInfo): UncollaredPipe {
  return { ...manifold !== "" && { manifold }, name, info };
}

function pipeInfo(pipe: PipeRecord, content: PipeContent, cursor: Cursor | undefined): PipeInfo {
  const { total, lastSeq, last } = content;
  const isCollared = pipe.handle !== "";
  const lastAt = isCollared || last !== undefined ? content.lastAt : undefined;
  return {
    pipe: isCollared ? pipe.name : formatPipePath(pipe.manifold, "", pipe.name),
    total,
    unread: unreadCount(cursor, content),
    ...lastSeq > 0 && { last_seq: lastSeq },
    ...lastAt !== undefined && { last_at: lastAt },
    ...last !== undefined && last.payload !== "" && {
      preview: truncatePayload(last.payload),
      payload: last.payload,
    },
    ...pipe.by !== "" && { created_by: pipe.by },
  };
}
