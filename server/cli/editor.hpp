#pragma once

#include "cli/data_folder.hpp"
#include "cli/failure.hpp"

#include <string>
#include <utility>

namespace boternity::cli {

/// A file for a person to edit, in a folder of its own that only they can read. Stays on the disk until
/// `remove`: what somebody wrote is not thrown away when something fails.
class Draft {
public:
    static Answer<Draft> make(const std::string& file_name, const std::string& text);

    /// Opens the editor ($VISUAL, $EDITOR, or vi) and waits until it is closed. Ctrl-C and Ctrl-\ are its own
    /// meanwhile. What fails says where the text is.
    Answer<void> edit(const Environment& env) const;

    std::string path() const { return folder_ + "/" + file_name_; }
    void remove() const;

private:
    Draft(std::string folder, std::string file_name)
        : folder_(std::move(folder)), file_name_(std::move(file_name)) {}

    std::string folder_;
    std::string file_name_;
};

}  // namespace boternity::cli
