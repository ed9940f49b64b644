import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { render } from "preact";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { App } from "./app.js";
import { ClientContext } from "./client-context.js";
import { Session } from "./session/session.js";
import { WithSession } from "./session/with-session.js";
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/pages.css";

/** Beside the page, wherever a proxy has put it. */
const baseUrl = new URL(".", window.location.href).href;
const session = new Session(window.sessionStorage);
const interceptors = [session.interceptor];
const client = createClient(
  CdcService,
  createConnectTransport({ baseUrl, useBinaryFormat: true, interceptors }),
);

const root = document.getElementById("root");
if (root !== null)
  render(
    <ClientContext.Provider value={client}>
      <WithSession session={session}>
        <App />
      </WithSession>
    </ClientContext.Provider>,
    root,
  );
