/**
 * `pls heartbeat`: tells others, again and again, that somebody is there.
 *
 * @module
 */

import {
  encodeHeartbeat,
  type Heartbeat,
  HEARTBEAT_INTERVAL_SEC,
  isCode,
} from "../../messaging/internal_mod.ts";
import { UsageError } from "../../pool/mod.ts";
