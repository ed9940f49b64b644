"""How the service is reached."""

import json
from dataclasses import dataclass
from pathlib import Path

import grpc
from milvus.cdc.v1.cdc_service_pb2_grpc import CdcServiceStub


@dataclass(frozen=True)
class Client:
    channel: grpc.Channel
    cdc: CdcServiceStub
    target: str
    # Sent with each call.
    metadata: tuple[tuple[str, str], ...]


def open_channel(address: str, ca: str | None) -> grpc.Channel:
    """Cleartext without an authority."""
    if ca is None:
        return grpc.insecure_channel(address)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(Path(ca).read_bytes()))


def tell(step: str, **fields: object) -> None:
    print(json.dumps({"step": step, **fields}))
