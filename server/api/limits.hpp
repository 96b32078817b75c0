#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace boternity::api {

/// What one client may take. Everything a client can make grow or wait for has its row here.
struct Limits {
    // One HTTP/1.1 request (RFC 9110, RFC 9112), in bytes.
    std::size_t header_bytes = 16 * 1024;  ///< start line and fields together; more is 431
    std::size_t header_fields = 100;       ///< more is 431
    std::size_t target_bytes = 8 * 1024;   ///< more is 414
    std::size_t body_bytes = 1024 * 1024;  ///< more is 413; also one gRPC message, then RESOURCE_EXHAUSTED

    std::size_t upload_bytes = 32 * 1024 * 1024;  ///< of a method that takes bytes as they are; more is 413

    std::chrono::milliseconds first_bytes_time{10'000};  ///< from accept until the protocol is known
    std::chrono::milliseconds header_time{10'000};  ///< from the first byte of a request to its blank line
    std::chrono::milliseconds body_time{30'000};    ///< for any body; more only at `body_bytes_per_second`
    std::size_t body_bytes_per_second = 8 * 1024;
    std::chrono::milliseconds idle_time{75'000};        ///< between two requests of a connection
    std::chrono::milliseconds write_time{30'000};       ///< without the client taking a byte
    std::chrono::milliseconds unary_time{600'000};      ///< for a call whose client set no deadline
    std::chrono::milliseconds linger_time{2'000};       ///< reading what a refused client still sends
    std::chrono::milliseconds half_close_time{10'000};  ///< a call goes on for a client that sends no more
    std::chrono::milliseconds ping_time{15'000};  ///< between two keep-alive comments of a quiet SSE stream
    std::chrono::milliseconds first_event_time{
        200};  ///< a stream that says nothing for so long begins with a comment

    // One WebSocket.
    std::size_t live_message_bytes = 64 * 1024;  ///< of a message from the client; more closes it with 1009
    std::size_t live_streams = 32;               ///< subscriptions at a time
    std::size_t live_faults = 32;                ///< requests that cannot be served; more closes it with 1008

    /// Connections of all protocols together; 0 takes what RLIMIT_NOFILE leaves after the server's own files.
    std::size_t connections = 0;
    std::size_t grpc_connections = 200;    ///< strangers' are ended for new ones when all are taken
    std::size_t grpc_calls = 1024;         ///< with the token, that run at once, over all connections
    std::size_t grpc_stranger_calls = 32;  ///< the same without the token
    std::chrono::milliseconds grpc_stranger_time{600'000};   ///< for any call without the token
    std::chrono::milliseconds grpc_first_call_time{30'000};  ///< until the first call that is let in
    std::size_t grpc_streams_a_connection = 100;
    std::size_t grpc_metadata_bytes = 16 * 1024;
    std::chrono::milliseconds grpc_idle_time{600'000};
    std::chrono::milliseconds grpc_keepalive_time{60'000};
    std::chrono::milliseconds grpc_ping_interval{10'000};  ///< more often than this, twice, and it is cut
};

}  // namespace boternity::api
