"""What a client does with tasks."""

import secrets

from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from milvus.cdc.v1.cdc_service_pb2 import (
    CreateTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    PauseTaskRequest,
    ResumeTaskRequest,
    WatchTasksRequest,
)
from milvus.cdc.v1.task_pb2 import CollectionInfo, MilvusConnectParam, Task

from client import Client, tell
from failures import bad_request, cancellation, deadline, delete


def tour(client: Client) -> None:
    task_id = secrets.token_hex(16)
    health(client)
    create(client, task_id)
    list_tasks(client, task_id)
    watch(client, task_id)
    resume(client, task_id)
    bad_request(client)
    deadline(client)
    cancellation(client)
    delete(client, task_id)


def health(client: Client) -> None:
    request = HealthCheckRequest(service="milvus.cdc.v1.CdcService")
    answer = HealthStub(client.channel).Check(request, metadata=client.metadata)
    tell("health", status=HealthCheckResponse.ServingStatus.Name(answer.status))


def create(client: Client, task_id: str) -> None:
    """An id of the client's own makes it safe to repeat a create whose answer was lost."""
    request = CreateTaskRequest(
        task_id=task_id,
        milvus_connect_param=MilvusConnectParam(uri=client.target),
        collection_infos=[CollectionInfo(name="*")],
    )
    answers = [client.cdc.CreateTask(request, metadata=client.metadata) for _ in range(2)]
    tell("create", created_once=all(answer.task_id == task_id for answer in answers))


def list_tasks(client: Client, task_id: str) -> None:
    answer = client.cdc.ListTasks(ListTasksRequest(), metadata=client.metadata)
    tell("list", is_listed=any(task.task_id == task_id for task in answer.tasks))


def watch(client: Client, task_id: str) -> None:
    """The stream tells the task, then what changes: here, that it was paused."""
    states: list[str] = []
    stream = client.cdc.WatchTasks(WatchTasksRequest(task_id=task_id), timeout=30, metadata=client.metadata)
    for answer in stream:
        state = Task.State.Name(answer.task.state)
        if not answer.HasField("task") or state in states:
            continue
        states.append(state)
        if state == "Paused":
            break
        client.cdc.PauseTask(PauseTaskRequest(task_id=task_id), metadata=client.metadata)
    stream.cancel()
    tell("watch", states=states)


def resume(client: Client, task_id: str) -> None:
    client.cdc.ResumeTask(ResumeTaskRequest(task_id=task_id), metadata=client.metadata)
    answer = client.cdc.GetTask(GetTaskRequest(task_id=task_id), metadata=client.metadata)
    tell("resume", state=Task.State.Name(answer.task.state))
