/**
 * What messaging can be asked, in this process or through a daemon: the methods of its protocol,
 * with the same requests, replies and failures in both.
 *
 * @module
 */

import type {
  ConnectReply,
  ConnectRequest,
  CreateReply,
  CreateRequest,
  DiagReply,
  DiagRequest,
  DisconnectReply,
  DisconnectRequest,
  ListReply,
  ListRequest,
  ListWatchRequest,
  PipeCreateReply,
  PipeCreateRequest,
  PipeDestroyReply,
  PipeDestroyRequest,
  ReadEvent,
  ReadRequest,
  SendBatchReply,
  SendBatchRequest,
  SendReply,
  SendRequest,
  SetNamespaceReply,
  SetNamespaceRequest,
  SourceDestroyReply,
  SourceDestroyRequest,
  StatusReply,
  StatusRequest,
  SubsAddReply,
  SubsAddRequest,
  SubsListReply,
  SubsListRequest,
  SubsRemoveReply,
  SubsRemoveRequest,
  SubsWaitRequest,
  SwitchReply,
  SwitchRequest,
  UnsetNamespaceReply,
  UnsetNamespaceRequest,
  WhoReply,
  WhoRequest,
} from "../contracts/mod.ts";

/** Request and reply of each method that answers once. */
export interface Calls {
  Status: [StatusRequest, StatusReply];
  Create: [CreateRequest, CreateReply];
  Switch: [SwitchRequest, SwitchReply];
  Connect: [ConnectRequest, ConnectReply];
  Disconnect: [DisconnectRequest, DisconnectReply];
  SetNamespace: [SetNamespaceRequest, SetNamespaceReply];
  UnsetNamespace: [UnsetNamespaceRequest, UnsetNamespaceReply];
  SourceDestroy: [SourceDestroyRequest, SourceDestroyReply];
  PipeCreate: [PipeCreateRequest, PipeCreateReply];
  PipeDestroy: [PipeDestroyRequest, PipeDestroyReply];
  Send: [SendRequest, SendReply];
  SendBatch: [SendBatchRequest, SendBatchReply];
  List: [ListRequest, ListReply];
  ListWatch: [ListWatchRequest, ListReply];
  Who: [WhoRequest, WhoReply];
  Diag: [DiagRequest, DiagReply];
  SubsList: [SubsListRequest, SubsListReply];
  SubsAdd: [SubsAddRequest, SubsAddReply];
  SubsRemove: [SubsRemoveRequest, SubsRemoveReply];
  SubsWait: [SubsWaitRequest, SubsListReply];
}

/** A method that answers once. */
export type CallName = keyof Calls;

/** Whoever answers: the service itself, or a daemon that has one. */
export interface Messaging extends AsyncDisposable {
  /**
   * Asks for something.
   *
   * @param signal Ends what waits, `ListWatch` and `SubsWait`: they reject with its reason.
   * @throws {MessagingError} for every failure.
   */
  call<Name extends CallName>(
    name: Name,
    request: Calls[Name][0],
    signal?: AbortSignal,
  ): Promise<Calls[Name][1]>;

  /**
   * Reads a pipe. What is given counts as delivered when the next is asked for: only then the
   * cursor moves, and only behind that receipts go out. It ends when all is read, or with `signal`
   * where it follows.
   *
   * @returns events, in the portions in which they come.
   * @throws {MessagingError} for every failure; `error` events are never among those given.
   */
  read(request: ReadRequest, signal?: AbortSignal): AsyncIterable<ReadEvent[]>;
}
