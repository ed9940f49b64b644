/**
 * A client of the service in Node: `tour` uses all of what clients need, `retry` shows how to come back when the service says
 * that it cannot now. One JSON line tells each step.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { retry } from "./failures.js";
import { tour } from "./tour.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    address: { type: "string", default: "127.0.0.1:8444" },
    target: { type: "string", default: "" },
    token: { type: "string" },
    ca: { type: "string" },
  },
});

const authorize: Interceptor = (next) => (request) => {
  if (values.token !== undefined) request.header.set("authorization", `Bearer ${values.token}`);
  return next(request);
};
const baseUrl = `${values.ca === undefined ? "http" : "https"}://${values.address}`;
const ca = values.ca === undefined ? {} : { ca: readFileSync(values.ca) };
// one of our own, since a connection that is kept for further calls keeps the program running as well
const sessionManager = new Http2SessionManager(baseUrl, undefined, ca);
const transport = createGrpcTransport({ baseUrl, sessionManager, interceptors: [authorize] });
const cdc = createClient(CdcService, transport);
if (positionals[0] === "tour") await tour(cdc, createClient(Health, transport), values.target);
else await retry(cdc);
sessionManager.abort();
