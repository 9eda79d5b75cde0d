/**
 * Messaging through the daemon.
 *
 * @module
 */

import { IpcClient, type IpcClientOptions } from "../../messaging/daemon/mod.ts";
import type { Messaging } from "../../messaging/internal_mod.ts";

/** Whatever is asked of it, it asks the daemon at the socket `path`. */
export function ipcClient(path: string, options?: IpcClientOptions): Messaging {
  return new IpcClient(path, options);
}
