/**
 * Connecting with the client library, in such a way that no socket can end the program, and none
 * that is dead holds it up.
 *
 * The library (3.4.0) takes all listeners off a socket that it is done with, also when the error
 * of a connection that was reset is still to be told: an error that nobody listens for is an
 * uncaught exception. nats-server resets the connections of those whom it refuses.
 *
 * @module
 */

import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  setTransportFactory,
} from "@nats-io/transport-node";
import { nodeResolveHost, NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

type Socket = Awaited<ReturnType<NodeTransport["dial"]>>;
type TLSSocket = Awaited<ReturnType<NodeTransport["startTLS"]>>;

/** Connects as the library's own `connect` does, over sockets that are guarded. */
export function connect(options: ConnectionOptions): Promise<NatsConnection> {
  const factory = () => new GuardedTransport();
  setTransportFactory({ factory, dnsResolveFn: nodeResolveHost });
  return NatsConnectionImpl.connect(options);
}

class GuardedTransport extends NodeTransport {
  override async dial(address: { hostname: string; port: number }): Promise<Socket> {
    return guarded(await super.dial(address));
  }

  /**
   * Breaks a connection whose server is silent. The library would first have all written out that
   * it was given, which never ends where the network swallows it.
   */
  override disconnect(): void {
    this.socket?.destroy();
  }

  override async startTLS(): Promise<TLSSocket> {
    return guarded(await super.startTLS());
  }
}

/** Whoever takes all listeners off does not mean those of an error that is still to be told. */
function guarded<Kind extends Socket>(socket: Kind): Kind {
  const ignore = () => {};
  const removeAll = socket.removeAllListeners;
  // With how many arguments it is called makes a difference.
  socket.removeAllListeners = (...events: [event?: string | symbol]) => {
    removeAll.apply(socket, events);
    return socket.on("error", ignore);
  };
  return socket.on("error", ignore);
}
