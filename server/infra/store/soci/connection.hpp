#pragma once

#include "infra/store/soci/conversions.hpp"
#include "infra/store/soci/sql.hpp"

#include <soci/soci.h>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_map>

namespace boternity::infra::store {

class Connection;

/// One use of a prepared statement: bind with `with`, name the columns with `into`, then `next` or `run`.
///
/// Lifetime  ends before its connection's next use of the same statement. What is bound outlives it: hence no
///           temporaries.
/// Errors    throws what SOCI throws; the statement is then prepared anew the next time.
class Query {
public:
    Query(Connection& connection, soci::statement& statement, Sql sql)
        : connection_(connection),
          statement_(statement),
          sql_(sql),
          exceptions_(std::uncaught_exceptions()) {}
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// The value of the next placeholder.
    template <class T>
    Query& with(const T& value) {
        statement_.exchange(soci::use(value));
        return *this;
    }
    template <class T>
        requires(!std::is_lvalue_reference_v<T>)
    Query& with(T&& value) = delete;

    /// Where the next column goes.
    template <class T>
    Query& into(T& value) {
        statement_.exchange(soci::into(value));
        return *this;
    }

    /// Fetches the next row into what `into` named: false after the last.
    bool next();

    /// For statements without rows; answers how many were changed.
    long long run();

private:
    Connection& connection_;
    soci::statement& statement_;
    Sql sql_;
    int exceptions_;
    bool started_ = false;
};

/// A database connection with its prepared statements. Threads: one at a time.
class Connection {
public:
    /// Ends a statement in the middle of its rows, as the database at hand wants it.
    using Rewind = void (*)(soci::statement&) noexcept;

    Connection(std::unique_ptr<soci::session> session, Rewind rewind)
        : session_(std::move(session)), rewind_(rewind) {}
    ~Connection() { statements_.clear(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Query query(Sql sql) { return {*this, prepared(sql), sql}; }

    /// Runs a statement that takes nothing and answers nothing, e.g. "COMMIT".
    void run(Sql sql) { query(sql).run(); }

    soci::session& session() noexcept { return *session_; }

private:
    friend class Query;

    soci::statement& prepared(Sql sql);
    void forget(Sql sql) noexcept { statements_.erase(sql.text()); }

    std::unique_ptr<soci::session> session_;
    Rewind rewind_;
    // Keyed by the literal's address: as many entries as there are statements in the program.
    std::unordered_map<const char*, std::unique_ptr<soci::statement>> statements_;
};

}  // namespace boternity::infra::store
