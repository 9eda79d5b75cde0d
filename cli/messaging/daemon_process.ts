/**
 * This process as the daemon.
 *
 * @module
 */

import type { DaemonOptions } from "../../messaging/daemon/mod.ts";
import { StopSignal } from "../stop_signal.ts";
import type { Session } from "../session.ts";
import { VERSION } from "../version.ts";
import { messagingHome, socketPath } from "./home.ts";
import { engineOf, meshPlace } from "./mesh_place.ts";
import { openInProcess } from "./open.ts";

/** What the daemon is run with. From then on signals stop it, until that is disposed of. */
export function daemonOptions(session: Session): DaemonOptions & Disposable {
  const stop = new StopSignal();
  // All it knows it reads anew when it needs it: there is nothing to reload, and no reason to end.
  const ignore = () => {};
  Deno.addSignalListener("SIGHUP", ignore);
  return {
    home: messagingHome(),
    socketPath: socketPath(),
    version: VERSION,
    engine: engineOf(meshPlace(session)),
    open: (onConnection) => openInProcess(session, onConnection),
    stop: stop.given,
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGHUP", ignore);
      stop[Symbol.dispose]();
    },
  };
}
