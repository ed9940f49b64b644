"""What a client does with errors."""

import time
from collections.abc import Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from grpc_status import rpc_status
from milvus.cdc.v1.cdc_service_pb2 import (
    CreateTaskRequest,
    DeleteTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    WatchTasksRequest,
)
from milvus.cdc.v1.task_pb2 import MilvusConnectParam

from client import Client, tell

Detail = TypeVar("Detail", bound=Message)


def error_of(call: Callable[[], object]) -> grpc.RpcError | None:
    try:
        call()
    except grpc.RpcError as error:
        return error
    return None


def code_of(error: grpc.RpcError | None) -> str:
    return "OK" if not isinstance(error, grpc.Call) else error.code().name


def detail_of(error: grpc.RpcError | None, detail: Detail) -> Detail | None:
    """Fills in the detail of this kind, when the error has one."""
    status = rpc_status.from_call(error) if isinstance(error, grpc.Call) else None
    is_there = status is not None and any(packed.Unpack(detail) for packed in status.details)
    return detail if is_there else None


def bad_request(client: Client) -> None:
    """A request that is wrong names its fields."""
    request = CreateTaskRequest(milvus_connect_param=MilvusConnectParam())
    error = error_of(lambda: client.cdc.CreateTask(request, metadata=client.metadata))
    wrong = detail_of(error, BadRequest())
    fields = [violation.field for violation in wrong.field_violations] if wrong else []
    tell("bad_request", code=code_of(error), fields=fields)


def deadline(client: Client) -> None:
    stream = client.cdc.WatchTasks(WatchTasksRequest(), timeout=0.3, metadata=client.metadata)
    tell("deadline", code=code_of(error_of(lambda: list(stream))))


def cancellation(client: Client) -> None:
    stream = client.cdc.WatchTasks(WatchTasksRequest(), metadata=client.metadata)
    next(stream)
    stream.cancel()
    tell("cancellation", code=code_of(error_of(lambda: list(stream))))


def delete(client: Client, task_id: str) -> None:
    client.cdc.DeleteTask(DeleteTaskRequest(task_id=task_id), metadata=client.metadata)
    error = error_of(lambda: client.cdc.GetTask(GetTaskRequest(task_id=task_id), metadata=client.metadata))
    tell("delete", code_of_get=code_of(error))


def retry(client: Client) -> None:
    """Waits for as long as the service asks for, and tries again."""

    def call() -> object:
        return client.cdc.ListTasks(ListTasksRequest(), metadata=client.metadata)

    error = error_of(call)
    hint = detail_of(error, RetryInfo())
    if hint is None:
        raise SystemExit("no hint when to try again")
    delay = hint.retry_delay.ToTimedelta().total_seconds()
    time.sleep(delay)
    tell("retry", code=code_of(error), delay_ms=round(delay * 1000), then=code_of(error_of(call)))
