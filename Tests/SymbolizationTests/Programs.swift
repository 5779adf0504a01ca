/// Sources of the programs that the comparisons compile.
enum Programs {
  /// C: static functions, inlining across several levels, cold paths, recursion.
  static let c = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    struct node { struct node *next; char *text; unsigned hash; };
    static unsigned hash(const char *s) { unsigned h = 5381; while (*s) h = h * 33 + (unsigned char)*s++; return h; }
    static inline char *copy(const char *s) {
      char *c = malloc(strlen(s) + 1);
      if (!c) { fprintf(stderr, "no memory for %s\\n", s); abort(); }
      return strcpy(c, s);
    }
    static struct node *push(struct node *list, const char *s) {
      struct node *n = malloc(sizeof *n);
      if (!n) abort();
      n->text = copy(s);
      n->hash = hash(s);
      n->next = list;
      return n;
    }
    __attribute__((noinline)) struct node *build(int depth, struct node *list) {
      char text[32];
      if (depth == 0) return list;
      snprintf(text, sizeof text, "node %d", depth);
      return build(depth - 1, push(list, text));
    }
    static int by_hash(const void *a, const void *b) {
      const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
      return (x->hash > y->hash) - (x->hash < y->hash);
    }
    int main(int argc, char **argv) {
      (void)argv;
      struct node *list = build(argc * 30, NULL);
      struct node *all[64];
      size_t n = 0;
      for (struct node *i = list; i && n < 64; i = i->next) all[n++] = i;
      qsort(all, n, sizeof *all, by_hash);
      for (size_t i = 0; i < n; i++) printf("%u %s\\n", all[i]->hash, all[i]->text);
      switch (argc) { case 1: puts("one"); break; case 2: puts("two"); break; case 7: puts("7"); break; }
      return 0;
    }
    """

  /// C++: templates, lambdas, inline namespaces, constructors and destructors, exceptions.
  static let cxx = """
    #include <algorithm>
    #include <cstdio>
    #include <functional>
    #include <map>
    #include <memory>
    #include <stdexcept>
    #include <string>
    #include <vector>
    namespace app { inline namespace v1 {
    struct Base { virtual ~Base() {} virtual int value() const { return 1; } };
    struct Widget : virtual Base {
      std::string name; std::vector<int> items;
      Widget(int n) : name("widget"), items(n) {}
      static inline int square(int x) { return x * x + 1; }
      int value() const override { int s = 0; for (int x : items) s += square(x); return s; }
    };
    template <class T> struct Box { T held; Box(T t) : held(std::move(t)) {} T get() const { return held; } };
    namespace {
    int hidden(int n) { if (n > 1000) throw std::runtime_error("too many"); return n * 3; }
    }
    static int leaf(int n) {
      std::map<std::string, std::unique_ptr<Base>> m;
      m["a"] = std::make_unique<Widget>(n);
      std::vector<std::string> s;
      for (int i = 0; i < n; i++) s.push_back(std::to_string(hidden(i)));
      std::sort(s.begin(), s.end(), [](auto& a, auto& b) { return a.size() < b.size() || a > b; });
      std::function<int(int)> f = [&](int k) { return k + (int)s.size(); };
      return m["a"]->value() + f(n);
    }
    }}
    int main(int argc, char**) {
      struct Local { int twice(int x) { return app::leaf(x) * 2; } } local;
      app::Box<std::string> b("x");
      try { std::printf("%d %s\\n", local.twice(argc * 7), b.get().c_str()); }
      catch (const std::exception& e) { std::puts(e.what()); }
    }
    """

  /// Rust: generics, closures, traits, panics.
  static let rust = """
    use std::collections::HashMap;
    trait Shape { fn area(&self) -> f64; }
    struct Circle(f64);
    struct Square { side: f64 }
    impl Shape for Circle { fn area(&self) -> f64 { self.0 * self.0 * 3.14 } }
    impl Shape for Square { fn area(&self) -> f64 { self.side * self.side } }
    mod deep {
        pub fn collect<T: ToString>(items: &[T]) -> Vec<String> {
            items.iter().map(|i| i.to_string()).filter(|s| s.len() > 1).collect()
        }
    }
    #[inline(never)]
    fn build(n: usize) -> HashMap<String, Box<dyn Shape>> {
        let mut m: HashMap<String, Box<dyn Shape>> = HashMap::new();
        for i in 0..n {
            if i % 2 == 0 { m.insert(format!("c{}", i), Box::new(Circle(i as f64))); }
            else { m.insert(format!("s{}", i), Box::new(Square { side: i as f64 })); }
        }
        m
    }
    fn main() {
        let shapes = build(std::env::args().count() * 10);
        let mut keys: Vec<_> = shapes.keys().cloned().collect();
        keys.sort_by(|a, b| b.cmp(a));
        for k in &keys { println!("{} {}", k, shapes[k].area()); }
        println!("{:?}", deep::collect(&[1, 22, 333]));
    }
    """

  /// Swift: generics, closures, classes, enums with payloads, throwing functions.
  static let swift = """
    protocol Shape { var area: Double { get } }
    struct Circle: Shape { let radius: Double; var area: Double { radius * radius * 3.14 } }
    final class Square: Shape { let side: Double; init(side: Double) { self.side = side }; var area: Double { side * side } }
    enum Failure: Error { case tooMany(Int) }
    struct Box<Held> {
      var held: [Held] = []
      mutating func add(_ value: Held) { held.append(value) }
      func map<Other>(_ body: (Held) -> Other) -> [Other] { held.map(body) }
    }
    func build(_ count: Int) throws -> [String: any Shape] {
      guard count < 1000 else { throw Failure.tooMany(count) }
      var shapes: [String: any Shape] = [:]
      for index in 0..<count {
        if index.isMultiple(of: 2) { shapes["c\\(index)"] = Circle(radius: Double(index)) }
        else { shapes["s\\(index)"] = Square(side: Double(index)) }
      }
      return shapes
    }
    @main struct Program {
      static func main() throws {
        var box = Box<Double>()
        for (_, shape) in try build(CommandLine.arguments.count * 10).sorted(by: { $0.key < $1.key }) {
          box.add(shape.area)
        }
        print(box.map { "\\($0)" }.joined(separator: " "))
      }
    }
    """
}
