import { Channel, type ClientOptions } from "@grpc/grpc-js";

/**
 * Milvus's SDK asks a channel for its state after it has closed it, and to connect: grpc-js does so, and
 * the channel stays connected, with its timers, as long as any other has a connection to the same server.
 */
class LastinglyClosedChannel extends Channel {
  #isClosed = false;

  override close(): void {
    this.#isClosed = true;
    super.close();
  }

  override getConnectivityState(isToConnect: boolean): ReturnType<Channel["getConnectivityState"]> {
    return super.getConnectivityState(isToConnect && !this.#isClosed);
  }
}

/** Options of a client whose closed channels stay closed. */
export const lastingClose: ClientOptions = {
  channelFactoryOverride: (address, credentials, options) =>
    new LastinglyClosedChannel(address, credentials, options),
};
