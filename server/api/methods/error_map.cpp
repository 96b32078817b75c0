#include "api/methods/error_map.hpp"

namespace boternity::api {
namespace {

// grpc::StatusCode by its numbers (grpc/status.h).
enum Grpc : int {
    kCancelled = 1,
    kInvalidArgument = 3,
    kDeadlineExceeded = 4,
    kNotFound = 5,
    kAlreadyExists = 6,
    kPermissionDenied = 7,
    kResourceExhausted = 8,
    kFailedPrecondition = 9,
    kAborted = 10,
    kUnimplemented = 12,
    kInternal = 13,
    kUnavailable = 14,
    kUnauthenticated = 16,
};

}  // namespace

WireError wire_error(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::InvalidArgument: return {400, kInvalidArgument, "The request is not valid"};
    case ErrorCode::NotFound: return {404, kNotFound, "Not found"};
    case ErrorCode::AlreadyExists: return {409, kAlreadyExists, "Already exists"};
    case ErrorCode::WrongState: return {409, kFailedPrecondition, "Not possible in this state"};
    case ErrorCode::StaleEtag: return {412, kAborted, "Changed in the meantime"};
    case ErrorCode::IdempotencyReuse: return {422, kInvalidArgument, "Idempotency key used twice"};
    case ErrorCode::Unauthenticated: return {401, kUnauthenticated, "No valid credential"};
    case ErrorCode::PermissionDenied: return {403, kPermissionDenied, "Not allowed"};
    case ErrorCode::TooLarge: return {413, kResourceExhausted, "Too large"};
    case ErrorCode::RateLimited: return {429, kResourceExhausted, "Too many requests"};
    case ErrorCode::Cancelled: return {499, kCancelled, "Cancelled"};
    case ErrorCode::DeadlineExceeded: return {504, kDeadlineExceeded, "Took too long"};
    case ErrorCode::Expired: return {410, kFailedPrecondition, "Too late to be of use"};
    case ErrorCode::LimitExceeded: return {422, kResourceExhausted, "A limit is used up"};
    case ErrorCode::Unavailable: return {503, kUnavailable, "Not available now"};
    case ErrorCode::StorageFull: return {507, kResourceExhausted, "The disk is full"};
    case ErrorCode::ContextTooLong: return {422, kFailedPrecondition, "Too long for the model"};
    case ErrorCode::UpstreamAuth: return {502, kFailedPrecondition, "The provider refused the key"};
    case ErrorCode::UpstreamRateLimited: return {503, kUnavailable, "The provider is busy"};
    case ErrorCode::UpstreamRefused: return {502, kFailedPrecondition, "The provider refused the request"};
    case ErrorCode::UpstreamFailed: return {502, kUnavailable, "The provider failed"};
    case ErrorCode::Unimplemented: return {501, kUnimplemented, "No such operation"};
    case ErrorCode::Internal: return {500, kInternal, "A defect of the server"};
    }
    return {500, kInternal, "A defect of the server"};
}

std::string_view reason_phrase(int http_status) noexcept {
    switch (http_status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
    }
}

}  // namespace boternity::api
