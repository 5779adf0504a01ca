/* page_files.c: the files of Sources/Page/web; one that is added there gets its lines here. */
#include "page_files.h"

#include <stddef.h>
#include <string.h>

static const struct {
  const char *name;
  const unsigned char *text;
} files[] = {
    {"calls.mjs",
     (const unsigned char[]){
#embed "../web/calls.mjs" suffix(, 0)
     }},
    {"chart.mjs",
     (const unsigned char[]){
#embed "../web/chart.mjs" suffix(, 0)
     }},
    {"colours.mjs",
     (const unsigned char[]){
#embed "../web/colours.mjs" suffix(, 0)
     }},
    {"comparison.mjs",
     (const unsigned char[]){
#embed "../web/comparison.mjs" suffix(, 0)
     }},
    {"decode.mjs",
     (const unsigned char[]){
#embed "../web/decode.mjs" suffix(, 0)
     }},
    {"dom.mjs",
     (const unsigned char[]){
#embed "../web/dom.mjs" suffix(, 0)
     }},
    {"flame.mjs",
     (const unsigned char[]){
#embed "../web/flame.mjs" suffix(, 0)
     }},
    {"flamepanel.mjs",
     (const unsigned char[]){
#embed "../web/flamepanel.mjs" suffix(, 0)
     }},
    {"flameview.mjs",
     (const unsigned char[]){
#embed "../web/flameview.mjs" suffix(, 0)
     }},
    {"format.mjs",
     (const unsigned char[]){
#embed "../web/format.mjs" suffix(, 0)
     }},
    {"groups.mjs",
     (const unsigned char[]){
#embed "../web/groups.mjs" suffix(, 0)
     }},
    {"head.mjs",
     (const unsigned char[]){
#embed "../web/head.mjs" suffix(, 0)
     }},
    {"layers.mjs",
     (const unsigned char[]){
#embed "../web/layers.mjs" suffix(, 0)
     }},
    {"main.mjs",
     (const unsigned char[]){
#embed "../web/main.mjs" suffix(, 0)
     }},
    {"names.mjs",
     (const unsigned char[]){
#embed "../web/names.mjs" suffix(, 0)
     }},
    {"page.css",
     (const unsigned char[]){
#embed "../web/page.css" suffix(, 0)
     }},
    {"page.html",
     (const unsigned char[]){
#embed "../web/page.html" suffix(, 0)
     }},
    {"phases.mjs",
     (const unsigned char[]){
#embed "../web/phases.mjs" suffix(, 0)
     }},
    {"source.mjs",
     (const unsigned char[]){
#embed "../web/source.mjs" suffix(, 0)
     }},
    {"state.mjs",
     (const unsigned char[]){
#embed "../web/state.mjs" suffix(, 0)
     }},
    {"tables.mjs",
     (const unsigned char[]){
#embed "../web/tables.mjs" suffix(, 0)
     }},
    {"tableview.mjs",
     (const unsigned char[]){
#embed "../web/tableview.mjs" suffix(, 0)
     }},
    {"times.mjs",
     (const unsigned char[]){
#embed "../web/times.mjs" suffix(, 0)
     }},
    {"views.mjs",
     (const unsigned char[]){
#embed "../web/views.mjs" suffix(, 0)
     }},
    {"windows.mjs",
     (const unsigned char[]){
#embed "../web/windows.mjs" suffix(, 0)
     }},
};

const char *mt_page_file(const char *name) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (strcmp(files[i].name, name) == 0) return (const char *)files[i].text;
  }
  return NULL;
}
