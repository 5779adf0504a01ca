/* interpreter.c: see interpreter.h. Modules are looked at in hooks, so their symbols are found
 * without the loader's help (modules/symbols.h). */
#include "python/interpreter.h"

#include <string.h>

#include "modules/symbols.h"
#include "python/pages.h"

struct mt_python_interpreter mt_python_interpreter;
static uint32_t is_unknown; /* for good */

bool mt_python_is_unknown(void) { return mt_load_relaxed(&is_unknown) != 0; }

void mt_python_give_up(void) {
  mt_store_relaxed(&is_unknown, 1);
  mt_store_release(&mt_python_interpreter.is_active, 0);
}

void mt_python_forget_interpreter(void) { mt_store_release(&mt_python_interpreter.is_active, 0); }

void mt_python_has_begun(void) {
  mt_store_relaxed(&mt_python_interpreter.is_idle, 0);
  void (*begins)(void) = mt_python_interpreter.begins;
  if (begins != NULL && mt_python_interpreter.is_initialized() == 0) begins();
}

static const struct mt_python_layout *layout_of(const struct mt_symbols *symbols) {
  /* Without a lock of the interpreter, what its threads run is not laid out as elsewhere. */
  if (mt_symbols_find(symbols, "_Py_MergeZeroLocalRefcount") != 0) return NULL;
  uint64_t version = mt_symbols_find(symbols, "Py_Version");
  if (version != 0 && mt_pages_readable(version, 4))
    return mt_python_layout_of(*(const uint32_t *)(uintptr_t)version);
  /* 3.10 does not say which version it is: it has this function, and 3.9 has not. */
  bool is_3_10 = version == 0 && mt_symbols_find(symbols, "PyModule_AddObjectRef") != 0;
  return is_3_10 ? mt_python_layout_of(0x030a0000) : NULL;
}

bool mt_python_look_at(const struct mt_module_image *image) {
  struct mt_symbols symbols;
  if (mt_python_is_active() || !mt_symbols_of(image, &symbols)) return true;
  uint64_t state = mt_symbols_find(&symbols, "PyGILState_GetThisThreadState");
  if (state == 0) return true; /* no interpreter */
  struct mt_python_interpreter found = {
      .layout = layout_of(&symbols),
      .code_type = mt_symbols_find(&symbols, "PyCode_Type"),
      .text_type = mt_symbols_find(&symbols, "PyUnicode_Type"),
      .bytes_type = mt_symbols_find(&symbols, "PyBytes_Type"),
      .begins = mt_python_interpreter.begins,
      .code_generation = mt_python_interpreter.code_generation,
  };
  uint64_t is_initialized = mt_symbols_find(&symbols, "Py_IsInitialized");
  bool is_known = found.layout != NULL && found.code_type != 0 && found.text_type != 0 &&
                  found.bytes_type != 0 && is_initialized != 0;
  if (!is_known) mt_python_give_up();
  if (mt_python_is_unknown()) return false;
  memcpy(&found.thread_state, &state, sizeof found.thread_state);
  memcpy(&found.is_initialized, &is_initialized, sizeof found.is_initialized);
  mt_python_interpreter = found;
  mt_store_release(&mt_python_interpreter.is_active, 1); /* pairs with mt_python_is_active */
  return true;
}
