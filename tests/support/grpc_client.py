"""A gRPC client for any operation of the contract; requests and answers are dicts."""

import grpc
from google.rpc import error_details_pb2, status_pb2

from support.contract import BY_NAME, from_dict, to_dict

DETAIL_TYPES = {
    "google.rpc.BadRequest": error_details_pb2.BadRequest,
    "google.rpc.ErrorInfo": error_details_pb2.ErrorInfo,
    "google.rpc.RetryInfo": error_details_pb2.RetryInfo,
    "google.rpc.RequestInfo": error_details_pb2.RequestInfo,
}


def details_of(error):
    """The google.rpc.Status that an error carries, with its details by type name."""
    raw = [value for key, value in error.trailing_metadata() if key == "grpc-status-details-bin"]
    assert len(raw) == 1, f"no google.rpc.Status came with {error}"
    status = status_pb2.Status.FromString(raw[0])
    assert status.code == error.code().value[0]
    assert status.message == error.details()
    details = {}
    for packed in status.details:
        name = packed.type_url.rpartition("/")[2]
        message = DETAIL_TYPES[name]()
        assert packed.Unpack(message)
        details[name.rpartition(".")[2]] = message
    return status, details


class Stream:
    """The answers of a server-streaming call as they come."""

    def __init__(self, call):
        self.call = call

    def __iter__(self):
        return map(to_dict, self.call)

    def cancel(self):
        self.call.cancel()


class Grpc:
    """One channel. Close it, or use it in `with`."""

    def __init__(self, address, token=None, options=(), metadata=None):
        self.channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0), *options])
        self.metadata = list(metadata or [])
        if token is not None:
            self.metadata.append(("authorization", f"Bearer {token}"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.channel.close()

    def call(self, name, request=None, timeout=20.0, metadata=None):
        """A unary call by "BotService.CreateBot"; raises grpc.RpcError."""
        operation = BY_NAME[name]
        assert not operation.streams
        method = self.channel.unary_unary(operation.grpc_path,
                                          request_serializer=operation.request.SerializeToString,
                                          response_deserializer=operation.response.FromString)
        answer = method(from_dict(operation.request, request or {}), timeout=timeout,
                        metadata=self.metadata if metadata is None else metadata)
        return to_dict(answer)

    def stream(self, name, request=None, timeout=20.0, metadata=None):
        """A server-streaming call: its answers as dicts, with cancel()."""
        operation = BY_NAME[name]
        assert operation.streams
        method = self.channel.unary_stream(operation.grpc_path,
                                           request_serializer=operation.request.SerializeToString,
                                           response_deserializer=operation.response.FromString)
        return Stream(method(from_dict(operation.request, request or {}), timeout=timeout,
                             metadata=self.metadata if metadata is None else metadata))

    def code_of(self, name, request=None, timeout=20.0, metadata=None):
        """Just how a call ends: OK or an error's grpc.StatusCode."""
        try:
            if BY_NAME[name].streams:
                for _ in self.stream(name, request, timeout, metadata):
                    pass
            else:
                self.call(name, request, timeout, metadata)
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            return error.code()
