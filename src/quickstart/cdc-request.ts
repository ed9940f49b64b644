/** A body of `POST /cdc`. */
export interface CdcRequest {
  readonly request_type: "create" | "get" | "pause" | "resume" | "delete";
  readonly request_data: Readonly<Record<string, unknown>>;
}

/** Asks for everything to be replicated to the target. */
export function createTaskRequest(targetUri: string): CdcRequest {
  return {
    request_type: "create",
    request_data: { milvus_connect_param: { uri: targetUri }, collection_infos: [{ name: "*" }] },
  };
}

export function taskRequest(type: "get" | "pause" | "resume" | "delete", taskId: string): CdcRequest {
  return { request_type: type, request_data: { task_id: taskId } };
}

/** The JSON of a request, small enough to read. */
export function renderBody(request: CdcRequest): string {
  return JSON.stringify(request);
}
