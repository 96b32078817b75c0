#pragma once

#include "core/events/event.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace boternity::core {

/// Tells domains of this process what was committed elsewhere in it. Delivery across a crash is the outbox's;
/// a subscriber must therefore only do what its own recovery would do as well.
///
/// Threads  `subscribe` at start only; `publish` any, handlers run on the publisher's thread and do not
/// block.
class EventBus {
public:
    using Handler = std::function<void(const Event&)>;

    void subscribe(Handler handler) { handlers_.push_back(std::move(handler)); }

    /// After the events' transaction has committed.
    void publish(const Events& events) const {
        for (const auto& event : events) {
            for (const auto& handler : handlers_) handler(event);
        }
    }

private:
    std::vector<Handler> handlers_;
};

}  // namespace boternity::core
