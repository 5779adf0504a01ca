// Qt's containers, each below a function of the program's own.
#include <QByteArray>
#include <QHash>
#include <QMap>
#include <QString>
#include <QStringList>
#include <QVector>

__attribute__((noinline)) QStringList words(int count) {
  QStringList list;
  for (int i = 0; i < count; i++) list << QString("word number %1 is long").arg(i);
  return list;
}

__attribute__((noinline)) QHash<QString, int> table(const QStringList &list) {
  QHash<QString, int> hash;
  for (auto &text : list) hash[text.toUpper()] = text.size();
  return hash;
}

__attribute__((noinline)) QMap<int, QByteArray> bytes(int count) {
  QMap<int, QByteArray> map;
  for (int i = 0; i < count; i++) map[i] = QByteArray(200, 'x');
  return map;
}

__attribute__((noinline)) QVector<double> numbers(int count) {
  QVector<double> vector;
  for (int i = 0; i < count; i++) vector << i;
  return vector;
}

int main() {
  auto list = words(1000);
  auto hash = table(list);
  auto map = bytes(1000);
  auto vector = numbers(10000);
  return list.size() + hash.size() + map.size() + vector.size() == 0;
}
