/*
 * requests: a server's request loop in C++. Each request is parsed into a map of strings, looked
 * up in the thread's session table, and answered; the allocations come from operator new inside
 * the standard library, from a few dozen call chains that come again and again.
 *
 *   requests THREADS REQUESTS
 */
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "common.h"

namespace {

constexpr std::size_t session_count = 512;

struct Session {
  std::vector<std::string> history;
  std::map<std::string, std::string> settings;
};

using Fields = std::map<std::string, std::string>;

std::string make_request(std::uint64_t &seed) {
  std::string request = "/account/statement/overview?";
  for (int field = 0; field < 6; field++) {
    request += "parameter-" + std::to_string(field) + "=value-with-some-length-" +
               std::to_string(next_random(&seed) % 1000) + "&";
  }
  return request;
}

Fields parse(const std::string &request) {
  Fields fields;
  std::size_t start = request.find('?') + 1;
  while (start < request.size()) {
    std::size_t equals = request.find('=', start), end = request.find('&', start);
    fields[request.substr(start, equals - start)] = request.substr(equals + 1, end - equals - 1);
    start = end + 1;
  }
  return fields;
}

class Server {
 public:
  explicit Server(std::uint64_t seed) : seed_(seed) {}

  std::size_t handle() {
    Fields fields = parse(make_request(seed_));
    auto &session = sessions_[next_random(&seed_) % session_count];
    if (!session) session = std::make_unique<Session>();
    if (session->history.size() >= 8) session->history.clear();
    session->history.push_back(fields.begin()->second);
    session->settings["latest-" + std::to_string(session->history.size())] =
        fields.rbegin()->second;
    return answer(fields, *session).size();
  }

 private:
  static std::string answer(const Fields &fields, const Session &session) {
    std::string text = "{";
    for (const auto &[name, value] : fields) text += "\"" + name + "\":\"" + value + "\",";
    for (const auto &entry : session.history) text += entry + ";";
    return text + "}";
  }

  std::uint64_t seed_;
  std::unordered_map<std::size_t, std::unique_ptr<Session>> sessions_;
};

} // namespace

int main(int count, char **arguments) {
  long threads = argument(count, arguments, 1, "threads");
  long requests = argument(count, arguments, 2, "requests in all");
  std::vector<std::size_t> answered(threads);
  std::vector<std::thread> running;
  double start = now_seconds();
  for (long i = 0; i < threads; i++) {
    running.emplace_back([&answered, i, share = requests / threads] {
      Server server(88172645463325252u + static_cast<std::uint64_t>(i) * 2654435761u);
      std::size_t bytes = 0;
      for (long request = 0; request < share; request++) bytes += server.handle();
      answered[i] = bytes;
    });
  }
  for (auto &thread : running) thread.join();
  report_throughput(static_cast<double>(requests), start);
  return 0;
}
