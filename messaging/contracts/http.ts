/**
 * Bodies of requests to a server of accounts, and of its answers. Nothing here talks to one
 * yet: these are the shapes that both sides will agree on.
 *
 * @module
 */

import type { Source } from "./ipc_list.ts";
import type { SourceKind } from "./names.ts";

/** What is sent to exchange a key for a credential of the broker. */
export interface AuthExchangeRequest {
  /** The key. */
  api_key: string;
  /** The account; that of the key when it is left out. */
  account_id?: string;
}

/** The answer to an {@linkcode AuthExchangeRequest}. */
export interface AuthExchangeReply {
  /** Kept for older programs. */
  jwt: string;
  /** The broker. */
  nats_url: string;
  /** The account, a UUID. */
  account_id: string;
  /** The name of the account. */
  account_name: string;
  /** When the credential expires: RFC 3339 with a fraction. */
  expires_at: string;
  /** The credential. */
  nats_user_jwt: string;
  /** The seed that belongs to it. */
  nats_user_seed: string;
}

/** What is sent to create a source. */
export interface CreateSourceRequest {
  /** Its handle. */
  handle: string;
  /** What it is; `message` when it is left out. */
  kind?: SourceKind;
  /** Where it is to be; the root when it is left out. */
  manifold?: string;
}

/** The answer to a {@linkcode CreateSourceRequest}. */
export interface CreateSourceReply {
  /** Its id, a UUID. */
  id: string;
  /** Its handle. */
  handle: string;
  /** Where it is. */
  manifold?: string;
  /** What it is. */
  kind: SourceKind;
  /** The subject of its inbox at the broker. */
  subject: string;
  /** When it was created: RFC 3339 with a fraction. */
  created_at: string;
}

/** All sources of an account. */
export interface ListSourcesReply {
  /** By manifold, then handle; of their pipes, those that were created on them. */
  sources: Source[];
}

/** A pipe of no source, as a server lists it. */
export interface UncollaredPipeListEntry {
  /** Where it is. */
  manifold?: string;
  /** Its name. */
  name: string;
  /** Who created it. */
  created_by?: string;
}

/** All pipes of no source of an account. */
export interface ListUncollaredPipesReply {
  /** By manifold, then name. */
  pipes: UncollaredPipeListEntry[];
}

/** An invitation to an account. */
export interface Invite {
  /** Its id, a UUID. */
  id: string;
  /** The account, a UUID. */
  account_id: string;
  /** The name of the account. */
  account_name?: string;
  /** Who is invited. */
  invitee_username: string;
  /** Who invites. */
  inviter_user_id: string;
  /** `pending`, `accepted`, `declined` or `revoked`. */
  status: string;
  /** When it was made: RFC 3339. */
  created_at: string;
  /** When it was decided: RFC 3339. */
  decided_at?: string;
}

/** What is sent to invite somebody. */
export interface CreateInviteRequest {
  /** Who is invited. */
  username: string;
}

/** The answer to a {@linkcode CreateInviteRequest}. */
export interface CreateInviteReply {
  /** The invitation. */
  invite: Invite;
}

/** Invitations. */
export interface ListInvitesReply {
  /** Of an account, newest first; of the invited one, oldest first. */
  invites: Invite[];
}
