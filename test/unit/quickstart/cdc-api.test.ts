import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describeTask } from "../../../src/quickstart/cdc-api.js";
import { createTaskRequest, renderBody, taskRequest } from "../../../src/quickstart/cdc-request.js";
import { renderCurl } from "../../../src/quickstart/curl.js";

/** The words a shell makes of a command line. */
function wordsOf(command: string): string[] {
  const output = execFileSync("sh", ["-c", command.replace(/^curl/, "printf '%s\\0'")], { encoding: "utf8" });
  return output.split("\0").slice(0, -1);
}

describe("the curl that is shown", () => {
  it("sends the documented request, the very body that the quickstart sends", () => {
    const request = createTaskRequest("http://127.0.0.1:19530");
    const [, url, , body = ""] = wordsOf(renderCurl("http://127.0.0.1:8444", request));
    assert.equal(url, "http://127.0.0.1:8444/cdc");
    assert.equal(body, renderBody(request));
    assert.deepEqual(JSON.parse(body), {
      request_type: "create",
      request_data: {
        milvus_connect_param: { uri: "http://127.0.0.1:19530" },
        collection_infos: [{ name: "*" }],
      },
    });
  });

  it("survives the shell whatever is in it", () => {
    const request = taskRequest("get", "it's $HOME `x` \\ \" !");
    assert.equal(wordsOf(renderCurl("http://h:1", request))[3], renderBody(request));
  });
});

describe("the description of a task", () => {
  it("says its state and what is wrong with it", () => {
    const health = { last_error: { code: "X", message: "target is away", remedy: "Start it." } };
    const data = { Task: { state: "Running", health } };
    assert.equal(describeTask({ text: "", data }), "Running; target is away; Start it.");
  });

  it("says its reason alone where it has one, since that holds the last error", () => {
    const health = { last_error: { message: "target is away" } };
    const data = { Task: { state: "Running", reason: "retrying: target is away", health } };
    assert.equal(describeTask({ text: "", data }), "Running; retrying: target is away");
  });

  it("is silent about what is not there", () => {
    assert.equal(describeTask({ text: "", data: { Task: { state: "Running" } } }), "Running");
    assert.equal(describeTask({ text: "", data: {} }), "");
  });
});
