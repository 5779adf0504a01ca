// Input of the compiler workload: templates of the standard library, instantiated a few times.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

template <int Number>
struct Shape {
  std::map<std::string, std::vector<std::variant<int, double, std::string>>> properties;
  std::unordered_map<int, std::shared_ptr<Shape<Number - 1>>> children;

  std::string describe() const {
    std::ostringstream text;
    for (const auto &[name, values] : properties) {
      text << name << '=';
      for (const auto &value : values) {
        std::visit([&](const auto &held) { text << held << ' '; }, value);
      }
    }
    for (const auto &[key, child] : children) text << key << '(' << child->describe() << ')';
    return text.str();
  }

  void sort(std::function<bool(const std::string &, const std::string &)> less) {
    std::vector<std::string> names;
    for (const auto &entry : properties) names.push_back(entry.first);
    std::sort(names.begin(), names.end(), less);
  }
};

template <>
struct Shape<0> {
  std::string describe() const { return std::regex_replace("a-b", std::regex("-"), "+"); }
};

std::string describe_all() {
  Shape<SHAPES> shape;
  shape.sort([](const std::string &a, const std::string &b) { return a.size() < b.size(); });
  return shape.describe();
}
