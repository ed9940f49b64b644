"""A client of the service in Python: `tour` uses all of what clients need, `retry` shows how to come back when the service
says that it cannot now. One JSON line tells each step."""

import argparse

from milvus.cdc.v1.cdc_service_pb2_grpc import CdcServiceStub

from client import Client, open_channel
from failures import retry
from tour import tour


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["tour", "retry"])
    parser.add_argument("--address", default="127.0.0.1:8444")
    parser.add_argument("--target", default="")
    parser.add_argument("--token")
    parser.add_argument("--ca", help="PEM file of the service's authority")
    options = parser.parse_args()
    metadata = (("authorization", f"Bearer {options.token}"),) if options.token else ()
    with open_channel(options.address, options.ca) as channel:
        client = Client(channel, CdcServiceStub(channel), options.target, metadata)
        if options.command == "tour":
            tour(client)
        else:
            retry(client)


if __name__ == "__main__":
    main()
