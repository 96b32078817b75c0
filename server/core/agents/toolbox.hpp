#pragma once

#include "core/agents/runtime_tool.hpp"
#include "core/llm/model.hpp"
#include "core/ports/schemas.hpp"
#include "core/ports/tool.hpp"
#include "types/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

/// A tool with its schema made ready. One of `tool` and `runtime` is set.
struct ToolEntry {
    ToolCard card{};
    ToolOffer offer{};  ///< as models are told of it: dots in the name are underscores there
    std::shared_ptr<const Schema> schema{};
    std::shared_ptr<Tool> tool{};
    std::shared_ptr<RuntimeTool> runtime{};
};

/// All tools there are, and who may use which.
///
/// A grant is the name of a tool, the name of a group (what stands before the first dot), or "all". A tool
/// that is `named_only` needs its own name. What was not granted is neither offered nor called, by whatever
/// name.
///
/// Threads  `add` at start; the rest any.
class Toolbox {
public:
    explicit Toolbox(const Schemas& schemas) : schemas_(schemas) {}

    /// InvalidArgument when its name or its schema is none, AlreadyExists when the name is taken.
    Status add(std::shared_ptr<Tool> tool);
    Status add(std::shared_ptr<RuntimeTool> tool);

    /// Those that were granted, in the order of their names.
    std::vector<const ToolEntry*> granted(const std::vector<std::string>& grants) const;

    /// By its name or by the one it is offered under; null when there is none or it was not granted.
    const ToolEntry* find(std::string_view name, const std::vector<std::string>& grants) const;

    /// InvalidArgument for a grant that names nothing, with the names there are.
    Status check(const std::vector<std::string>& grants) const;

    const std::vector<ToolEntry>& all() const noexcept { return entries_; }

private:
    Status add(ToolEntry entry);

    const Schemas& schemas_;
    std::vector<ToolEntry> entries_;  // by name
};

/// Those of `wanted` that `own` allows: whoever gives work away gives no right that it has not.
std::vector<std::string> narrowed(const Toolbox& tools, const std::vector<std::string>& own,
                                  const std::vector<std::string>& wanted);

}  // namespace boternity::core
