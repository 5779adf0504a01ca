// A service that answers requests from a cache, with a pool for what lives as long as a request.
// usage: service SECONDS
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <map>
#include <memory_resource>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

// The most recently used answers, at most `limit`.
class Cache {
 public:
  explicit Cache(size_t limit) : limit(limit) {}

  const std::string *find(int key) {
    auto found = places.find(key);
    if (found == places.end()) return nullptr;
    answers.splice(answers.begin(), answers, found->second);
    return &found->second->second;
  }

  void add(int key, std::string answer) {
    answers.emplace_front(key, std::move(answer));
    places[key] = answers.begin();
    if (answers.size() <= limit) return;
    places.erase(answers.back().first);
    answers.pop_back();
  }

 private:
  size_t limit;
  std::list<std::pair<int, std::string>> answers;
  std::unordered_map<int, std::list<std::pair<int, std::string>>::iterator> places;
};

struct Session {
  std::vector<std::string> history;
};

class Service {
 public:
  void handle(int client, int question) {
    std::pmr::unsynchronized_pool_resource pool;
    std::pmr::vector<std::pmr::string> words(&pool);
    for (int i = 0; i < 20; i++)
      words.emplace_back("word " + std::to_string(question + i) + " of a question");
    Session &session = sessions["client " + std::to_string(client)];
    if (const std::string *known = cache.find(question)) {
      remember(session, *known);
      return;
    }
    std::string answer;
    for (const auto &word : words) answer += std::string(word) + ";";
    remember(session, answer);
    cache.add(question, std::move(answer));
  }

  // Once a client has gone, its session is of no use.
  void leave(int client) { sessions.erase(std::to_string(client)); }

 private:
  static void remember(Session &session, const std::string &answer) {
    session.history.push_back(answer);
  }

  Cache cache{500};
  std::map<std::string, Session> sessions;
};

int main(int argc, char **argv) {
  using clock = std::chrono::steady_clock;
  auto end = clock::now() + std::chrono::milliseconds(int(1000 * (argc > 1 ? atof(argv[1]) : 3)));
  Service service;
  int client = 0;
  unsigned random = 1;
  while (clock::now() < end) {
    for (int i = 0; i < 5; i++)
      service.handle(client, int((random = random * 1103515245 + 12345) >> 16) % 2000);
    service.leave(client++);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  printf("%d clients\n", client);
}
