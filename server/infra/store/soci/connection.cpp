#include "infra/store/soci/connection.hpp"

namespace boternity::infra::store {

Query::~Query() {
    // SOCI gives a statement that failed up: it is prepared anew. One that is left in the middle of its rows
    // would hold its snapshot: it is rewound.
    bool usable = std::uncaught_exceptions() == exceptions_;
    if (usable) connection_.rewind_(statement_);
    try {
        statement_.bind_clean_up();
    } catch (const std::exception&) {
        usable = false;
    }
    if (!usable) connection_.forget(sql_);
}

bool Query::next() {
    if (!started_) {
        started_ = true;
        statement_.define_and_bind();
        return statement_.execute(true);
    }
    return statement_.fetch();
}

long long Query::run() {
    statement_.define_and_bind();
    statement_.execute(true);
    return statement_.get_affected_rows();
}

soci::statement& Connection::prepared(Sql sql) {
    auto& slot = statements_[sql.text()];
    if (!slot) {
        auto made = std::make_unique<soci::statement>(*session_);
        made->alloc();
        made->prepare(sql.text());
        slot = std::move(made);
    }
    return *slot;
}

}  // namespace boternity::infra::store
