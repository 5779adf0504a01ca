/// One answer of a page: a sentence whose figures lead to what they are taken from.
struct PageVerdict {
  enum Topic: String {
    case peak, allocated, growth, leaks, temporary, realloc, resident
  }

  /// How much it asks for a look.
  enum Weight: String {
    /// To be looked at.
    case look
    /// To be known.
    case note
    /// Nothing to say, in words.
    case fine
  }

  /// A piece of the sentence. A figure's link is a state of the page, as its address has it.
  enum Part {
    case text(String)
    case figure(String, link: String)
  }

  let topic: Topic
  let weight: Weight
  let parts: [Part]

  init(_ topic: Topic, _ weight: Weight, _ parts: [Part]) {
    self.topic = topic
    self.weight = weight
    self.parts = parts
  }

  /// Writes the verdict.
  func write<Output>(to json: inout JSONWriter<Output>) {
    json.object { json in
      json.member("topic", topic.rawValue)
      json.member("weight", weight.rawValue)
      json.array("parts") { json in
        for part in parts {
          json.object(compact: true) { json in
            switch part {
            case .text(let text): json.member("text", text)
            case .figure(let text, let link):
              json.member("text", text)
              json.member("link", link)
            }
          }
        }
      }
    }
  }
}
