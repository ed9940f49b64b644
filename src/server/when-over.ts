import type { HttpRequest, HttpResponse } from "./http-exchange.js";

/**
 * Calls `onOver` once, when an exchange is over. Of HTTP/1.1, a response that waits behind others of
 * its connection does not say so itself when the connection closes.
 */
export function whenOver(request: HttpRequest, response: HttpResponse, onOver: () => void): void {
  if ("stream" in response) {
    response.once("close", onOver);
    return;
  }
  const { socket } = request;
  // as many as there are requests in one connection
  socket.setMaxListeners(0);
  const onClose = (): void => {
    response.off("close", onClose);
    socket.off("close", onClose);
    onOver();
  };
  response.once("close", onClose);
  socket.once("close", onClose);
}
