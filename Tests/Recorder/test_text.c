/* test_text.c: texts in buffers of their own (base/text.h) and LEB128 numbers (base/leb128.h). */
#include "base/leb128.h"
#include "base/text.h"
#include "expect.h"

static void test_cutting(void) {
  char buffer[8];
  memset(buffer, 'x', sizeof buffer);
  struct mt_text text = mt_text_over(buffer, 5);
  expect_text(buffer, "");
  mt_text_add(&text, "ab");
  mt_text_add(&text, "cd");
  expect_text(buffer, "abcd");
  expect(!text.cut, "a text that fits exactly is not cut");
  mt_text_add(&text, "");
  expect(!text.cut, "nothing more always fits");
  mt_text_add(&text, "e");
  expect_text(buffer, "abcd");
  expect(text.cut && text.length == 4, "a byte more is cut");
  expect(buffer[5] == 'x', "what lies behind the buffer is not touched");
}

static const char *number(uint64_t value) {
  static char buffer[32];
  struct mt_text text = mt_text_over(buffer, sizeof buffer);
  mt_text_add_number(&text, value);
  return buffer;
}

static const char *hex(uint64_t value, unsigned digits) {
  static char buffer[32];
  struct mt_text text = mt_text_over(buffer, sizeof buffer);
  mt_text_add_hex(&text, value, digits);
  return buffer;
}

static void test_numbers(void) {
  expect_text(number(0), "0");
  expect_text(number(10), "10");
  expect_text(number(UINT64_MAX), "18446744073709551615");
  expect_text(hex(0x2a, 4), "002a");
  expect_text(hex(UINT64_MAX, 16), "ffffffffffffffff");
  expect_text(hex(0x12345, 3), "345");
  const char *cursor = "0420:7";
  expect_number(mt_text_take_number(&cursor), 420);
  expect_text(cursor, ":7");
  expect_number(mt_text_take_number(&cursor), 0);
  expect_text(cursor, ":7");
}

static void test_before_extension(void) {
  static const char *const cases[][2] = {
      {"trace.bin", "trace.old.bin"},
      {"trace", "trace.old"},
      {"/tmp/a.b/trace", "/tmp/a.b/trace.old"},
      {"/tmp/a.b/trace.tar.gz", "/tmp/a.b/trace.tar.old.gz"},
      {".hidden", ".hidden.old"},
      {"a/.hidden.bin", "a/.hidden.old.bin"},
      {"trace.", "trace.old."},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char buffer[64];
    struct mt_text text = mt_text_over(buffer, sizeof buffer);
    mt_text_add_before_extension(&text, cases[i][0], "old");
    expect_text(buffer, cases[i][1]);
  }
}

/* The other direction, as a reader has it. */
static uint64_t get_unsigned(const uint8_t **at) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

static void test_leb128(void) {
  static const uint64_t values[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_C(1) << 63, UINT64_MAX};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    uint8_t bytes[2 * MT_LEB128_BYTES_MAX];
    uint8_t *end = mt_put_unsigned(bytes, values[i]);
    uint8_t *last = mt_put_signed(end, (int64_t)values[i]);
    expect(end - bytes <= MT_LEB128_BYTES_MAX && last - end <= MT_LEB128_BYTES_MAX, "room");
    const uint8_t *at = bytes;
    expect_number(get_unsigned(&at), values[i]);
    uint64_t folded = get_unsigned(&at);
    expect_number((folded >> 1) ^ -(folded & 1), values[i]);
    expect(at == last, "all bytes are read");
  }
  uint8_t bytes[MT_LEB128_BYTES_MAX];
  expect_number(mt_put_signed(bytes, -64) - bytes, 1);
  expect_number(mt_put_signed(bytes, 64) - bytes, 2);
}

int main(void) {
  test_cutting();
  test_numbers();
  test_before_extension();
  test_leb128();
  return expect_status();
}
