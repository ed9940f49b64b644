"""A generator that lives inside grpcio-tools (python, grpc_python), as a plugin that buf can call.

The first argument names it. buf speaks a plugin's protocol on stdin and stdout; grpcio-tools only reads files.
"""

import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc


def main(generator: str) -> None:
    request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    response = plugin_pb2.CodeGeneratorResponse()
    response.supported_features = plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    with tempfile.TemporaryDirectory() as folder:
        descriptors, out = Path(folder, "descriptors"), Path(folder, "out")
        descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
        out.mkdir()
        arguments = [f"--descriptor_set_in={descriptors}", f"--{generator}_out={out}", *request.file_to_generate]
        if protoc.main(["protoc", *arguments]) != 0:
            sys.exit(f"{generator} failed")
        for file in sorted(path for path in out.rglob("*") if path.is_file()):
            response.file.add(name=str(file.relative_to(out)), content=file.read_text())
    sys.stdout.buffer.write(response.SerializeToString())


main(sys.argv[1])
