// futures.cc: threads made by std::async, some hundreds, each of which returns blocks that the main
// thread keeps and frees at the end. Every block is freed.
#include <future>
#include <string>
#include <vector>

static std::vector<std::string> job(int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count % 257 + 3; i++) {
    lines.push_back("a line that no short string holds " + std::to_string(i));
  }
  return lines;
}

int main() {
  std::vector<std::vector<std::string>> all;
  for (int batch = 0; batch < 150; batch++) {
    std::vector<std::future<std::vector<std::string>>> under_way;
    for (int i = 0; i < 4; i++) {
      under_way.push_back(std::async(std::launch::async, job, batch * 37 + i * 101));
    }
    for (auto &future : under_way) all.push_back(future.get());
  }
  return all.size() == 600 ? 0 : 1;
}
