#include "api/tests/served_gateway.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace boternity::testing {

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        throw std::runtime_error("the gateway does not accept");
    }
}

RawClient::~RawClient() {
    ::close(socket_);
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // closed by the server; its answer still counts
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void RawClient::end_sending() {
    ::shutdown(socket_, SHUT_WR);
}

bool RawClient::read_more() {
    pollfd poll{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&poll, 1, 10'000) <= 0) throw std::runtime_error("nothing came for ten seconds: " + received_);
    std::array<char, 16 * 1024> bytes{};
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

bool RawClient::reads(std::string_view text) {
    while (received_.find(text) == std::string::npos) {
        if (!read_more()) return false;
    }
    return true;
}

bool RawClient::closed() {
    while (read_more()) {
    }
    return true;
}

std::string RawClient::Answer::field(std::string_view name) const {
    for (const auto& [known, value] : fields) {
        if (known == name) return value;
    }
    return {};
}

std::optional<RawClient::Answer> RawClient::answer(Body body) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!read_more()) return std::nullopt;
    }
    Answer answer;
    std::string_view head = std::string_view(received_).substr(0, end + 2);
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
        const auto line = head.substr(0, head.find("\r\n"));
        const auto colon = line.find(": ");
        std::string name(line.substr(0, colon));
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        answer.fields.emplace_back(std::move(name), std::string(line.substr(colon + 2)));
        head.remove_prefix(line.size() + 2);
    }
    received_.erase(0, end + 4);
    if (body == Body::Absent || answer.status == 304 || answer.status == 204 || answer.status == 100)
        return answer;
    if (answer.field("transfer-encoding") == "chunked") {
        if (!reads("0\r\n\r\n")) return std::nullopt;
        const auto last = received_.find("0\r\n\r\n");
        answer.body = received_.substr(0, last);
        received_.erase(0, last + 5);
        return answer;
    }
    const auto length = static_cast<std::size_t>(std::stoul(answer.field("content-length")));
    while (received_.size() < length) {
        if (!read_more()) return std::nullopt;
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
}

std::optional<RawClient::Answer> RawClient::ask(std::string_view bytes) {
    send(bytes);
    return answer();
}

}  // namespace boternity::testing
