import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { render } from "preact";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { App } from "./app.js";
import { ClientContext } from "./client-context.js";
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/pages.css";

/** Beside the page, wherever a proxy has put it. */
const baseUrl = new URL(".", window.location.href).href;
const client = createClient(CdcService, createConnectTransport({ baseUrl, useBinaryFormat: true }));

const root = document.getElementById("root");
if (root !== null)
  render(
    <ClientContext.Provider value={client}>
      <App />
    </ClientContext.Provider>,
    root,
  );
