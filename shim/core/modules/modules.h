/*
 * modules.h: the mapped objects (program, shared libraries, vDSO) that stacks run through. A module
 * is discovered when the unwinder first meets a program counter in it, and is announced to the
 * trace before any stack node that needs it. Discovery uses _dl_find_object (glibc 2.35), which
 * takes no lock; no function here that a hook may call ever takes the loader's lock.
 *
 * A module may be announced by two threads at once: the same record, with the same number, then
 * stands in the trace twice. A library that is closed and mapped again at its old place gets its
 * old number again.
 */
#ifndef MEMTRACE_MODULES_H
#define MEMTRACE_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/sink.h"

struct mt_module_image;

/* What the unwinder needs to know about the module of an address. */
struct mt_module_view {
  uint64_t unwind_header;  /* address of .eh_frame_hdr, 0 if there is none */
  uint64_t readable_start; /* the segment that holds the unwind tables */
  uint64_t readable_end;
  uint16_t incarnation; /* see MT_PC_INCARNATION_SHIFT */
};

/*
 * [init] First of all. `now_ns` tells the time of a discovery, in ns after the trace's start; with
 * NULL it is 0. Takes the loader's lock.
 */
void mt_modules_configure(uint64_t (*now_ns)(void));

/*
 * [init] Who is told of modules: `found` by the hook that has met one, new or confirmed after a
 * dlclose; `closing` before a library is closed.
 */
void mt_modules_watch(void (*found)(const struct mt_module_image *image), void (*closing)(void));

/* [init] Can modules be found from a hook at all? False before glibc 2.35. */
bool mt_modules_supported(void);

/* [init] Announces every module that is mapped now. Takes the loader's lock. */
void mt_modules_announce_all(struct mt_sink *sink, uint64_t now_ns);

/*
 * [hook] [signal-safe] Finds the module that holds `address` and announces it if it is new. False
 * when no module holds it: generated code.
 */
bool mt_modules_find(struct mt_sink *sink, uint64_t address, struct mt_module_view *view);

/*
 * Around a real dlclose, by whoever interposes it; calls may nest and overlap between threads.
 * [hook] From _closing to _closed nothing is remembered about addresses; _closed announces what
 * has gone and makes every thread forget what it kept. A module that was replaced by another at the
 * same address is announced when that one is found: no module's memory is read here, as a dlclose
 * may be unmapping it.
 */
void mt_modules_closing(void);
void mt_modules_closed(struct mt_sink *sink, uint64_t now_ns);

/*
 * [hook] Moves on whenever something that was learnt about an address may have become wrong. What
 * was learnt under one generation holds under an equal one.
 */
static inline uint64_t mt_modules_generation(void) {
  extern MT_NEAR_DATA uint64_t
      mt_modules_generation_word;                      /* written by _closing, _closed and _reset */
  return mt_load_acquire(&mt_modules_generation_word); /* pairs with their releases */
}

/* [hook] In such a generation a dlclose is under way somewhere: learn nothing, trust nothing kept.
 */
static inline bool mt_modules_in_flux(uint64_t generation) { return (generation & 0xffff) != 0; }

/*
 * [init] Forgets what was announced: for the child of a fork, whose trace starts empty. Modules
 * keep their numbers and incarnations. No other thread may be in this file.
 */
void mt_modules_reset(void);

#endif
