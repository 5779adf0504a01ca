/* Half a million slices of GLib's, of which every hundredth stays. */
#include <glib.h>

enum { SLICES = 500000, BYTES = 64 };

static gpointer slices[SLICES];

int main(void) {
  for (int i = 0; i < SLICES; i++) slices[i] = g_slice_alloc(BYTES);
  for (int i = 0; i < SLICES; i++) {
    if (i % 100 != 0) g_slice_free1(BYTES, slices[i]);
  }
  return 0;
}
