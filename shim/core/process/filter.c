/* filter.c: see filter.h. Instructions: linux/filter.h, and seccomp(2) for what of them a filter
 * may use. */
#include "process/filter.h"

#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "arch/elf.h"

#define DIRTY SECCOMP_RET_KILL_PROCESS /* what no filter that the kernel takes comes to */

struct machine {
  uint32_t a, x;
  uint32_t memory[BPF_MEMWORDS];
  struct seccomp_data data;
};

static uint32_t load(const struct machine *m, uint32_t offset) {
  uint32_t word = 0;
  if (offset <= sizeof m->data - sizeof word)
    memcpy(&word, (const char *)&m->data + offset, sizeof word);
  return word;
}

static uint32_t calculate(uint16_t code, uint32_t a, uint32_t b) {
  switch (BPF_OP(code)) {
    case BPF_ADD:
      return a + b;
    case BPF_SUB:
      return a - b;
    case BPF_MUL:
      return a * b;
    case BPF_DIV:
      return b != 0 ? a / b : 0;
    case BPF_AND:
      return a & b;
    case BPF_OR:
      return a | b;
    case BPF_XOR:
      return a ^ b;
    case BPF_LSH:
      return b < 32 ? a << b : 0;
    case BPF_RSH:
      return b < 32 ? a >> b : 0;
    default:
      return -a; /* BPF_NEG */
  }
}

static bool holds(uint16_t code, uint32_t a, uint32_t b) {
  switch (BPF_OP(code)) {
    case BPF_JEQ:
      return a == b;
    case BPF_JGT:
      return a > b;
    case BPF_JGE:
      return a >= b;
    default:
      return (a & b) != 0; /* BPF_JSET */
  }
}

/* What the filter returns. Jumps lead forwards only, so it comes to an end. */
static uint32_t run(const struct sock_fprog *program, struct machine *m) {
  for (uint32_t at = 0; at < program->len; at++) {
    const struct sock_filter *i = &program->filter[at];
    uint32_t operand = BPF_SRC(i->code) == BPF_X ? m->x : i->k;
    uint32_t *word = &m->memory[i->k % BPF_MEMWORDS];
    switch (BPF_CLASS(i->code)) {
      case BPF_LD:
      case BPF_LDX: {
        uint32_t *to = BPF_CLASS(i->code) == BPF_LD ? &m->a : &m->x;
        if (BPF_MODE(i->code) == BPF_ABS) *to = load(m, i->k);
        if (BPF_MODE(i->code) == BPF_IMM) *to = i->k;
        if (BPF_MODE(i->code) == BPF_MEM) *to = *word;
        if (BPF_MODE(i->code) == BPF_LEN) *to = sizeof m->data;
        break;
      }
      case BPF_ST:
        *word = m->a;
        break;
      case BPF_STX:
        *word = m->x;
        break;
      case BPF_ALU:
        m->a = calculate(i->code, m->a, operand);
        break;
      case BPF_JMP:
        if (BPF_OP(i->code) == BPF_JA) {
          at += i->k;
        } else {
          at += holds(i->code, m->a, operand) ? i->jt : i->jf;
        }
        break;
      case BPF_RET:
        return BPF_RVAL(i->code) == BPF_A ? m->a : i->k;
      default: /* BPF_MISC */
        if (BPF_MISCOP(i->code) == BPF_TAX) m->x = m->a;
        if (BPF_MISCOP(i->code) == BPF_TXA) m->a = m->x;
    }
  }
  return DIRTY;
}

/* A call as recording makes it; arguments that differ from call to call are left at 0. */
struct needed {
  int number;
  bool is_vital; /* without it nothing can be recorded: it must succeed */
  uint64_t arguments[6];
};

static uint32_t action(const struct sock_fprog *program, const struct needed *call) {
  struct machine m;
  memset(&m, 0, sizeof m);
  m.data.nr = call->number;
  m.data.arch = MT_AUDIT_MACHINE;
  memcpy(m.data.args, call->arguments, sizeof m.data.args);
  return run(program, &m) & SECCOMP_RET_ACTION_FULL;
}

#define PRIVATE_MAPPING (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static const struct needed needed[] = {
    {SYS_futex, true, {0, FUTEX_WAIT_PRIVATE}},
    {SYS_futex, true, {0, FUTEX_WAKE_PRIVATE}},
    {SYS_pwrite64, true, {0}},
    {SYS_mmap, true, {0, 4096, PROT_READ | PROT_WRITE, PRIVATE_MAPPING, UINT32_MAX}},
    {SYS_mmap, true, {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, 1000}},
    {SYS_munmap, true, {0}},
    {SYS_madvise, true, {0}},
    {SYS_clock_gettime, true, {1}},
    {SYS_nanosleep, true, {0}},
    {SYS_rt_sigprocmask, true, {2, 0, 0, 8}},
    {SYS_rt_sigprocmask, false, {0, 0, 0, 8}},
    {SYS_fstat, true, {1000}},
    {SYS_gettid, true, {0}},
    {SYS_getpid, true, {0}},
    {SYS_getppid, false, {0}},
    {SYS_geteuid, false, {0}},
    {SYS_getegid, false, {0}},
    {SYS_getrandom, false, {0}},
    {SYS_mprotect, false, {0, 4096, PROT_READ | PROT_WRITE}},
    {SYS_exit, true, {0}},
    {SYS_fallocate, false, {1000}},
    {SYS_ftruncate, false, {1000}},
    {SYS_openat, false, {(uint64_t)-100, 0, 0x80000}},
    {SYS_openat, false, {(uint64_t)-100, 0, 0x80002}},
    {SYS_close, false, {1000}},
    {SYS_close_range, false, {0, 1000}},
    {SYS_read, false, {1000}},
    {SYS_pread64, false, {1000}},
    {SYS_write, false, {1000}},
    {SYS_fcntl, false, {1000, 1030}},
    {SYS_lseek, false, {1000}},
    {SYS_newfstatat, false, {(uint64_t)-100}},
    {SYS_readlinkat, false, {(uint64_t)-100}},
    {SYS_getcwd, false, {0}},
    {SYS_renameat2, false, {(uint64_t)-100}},
    {SYS_linkat, false, {(uint64_t)-100}},
    {SYS_unlinkat, false, {(uint64_t)-100}},
    {SYS_copy_file_range, false, {1000}},
    {SYS_fdatasync, false, {1000}},
    {SYS_fadvise64, false, {1000}},
    {SYS_prlimit64, false, {0, 1}},
    {SYS_mincore, false, {0}},
    {SYS_fstatfs, false, {1000}},
    {SYS_getdents64, false, {1000}},
    {SYS_fchmod, false, {1000}},
    {SYS_ioctl, false, {1000}},
    {SYS_kill, false, {1}},
    {SYS_tgkill, false, {1, 1}},
    {SYS_sigaltstack, false, {0}},
    {SYS_rt_sigaction, false, {11}},
    {SYS_membarrier, false, {8}},
    {SYS_prctl, false, {15}},
    {SYS_prctl, false, {16}},
    {SYS_prctl, false, {29}},
#ifdef SYS_rename /* machines with newer tables of calls have those with -at alone */
    {SYS_readlink, false, {0}},
    {SYS_rename, false, {0}},
    {SYS_unlink, false, {0}},
#endif
};

static const struct needed new_task[] = {
    {SYS_clone,
     false,
     {CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
      CLONE_CHILD_CLEARTID}}};

/* What recording can do without: see mt_filter_forbidden. */
static const struct needed usage[] = {{SYS_getrusage, false, {1}}};
static const struct needed conforming[] = {
    {SYS_setgroups, false, {0}}, {SYS_setresgid, false, {0}}, {SYS_setfsgid, false, {0}},
    {SYS_setresuid, false, {0}}, {SYS_setfsuid, false, {0}},  {SYS_capset, false, {0}},
    {SYS_prctl, false, {24, 1}}, {SYS_prctl, false, {47, 4}}, {SYS_prctl, false, {38, 1}},
};

static const struct needed joining[] = {{SYS_seccomp, false, {1, 1}}};

static const struct needed scanning[] = {
    {SYS_ioctl, false, {1000, MT_PAGEMAP_SCAN}},
    {SYS_clock_gettime, false, {3}},
};

static const struct needed talking[] = {
    {SYS_socket, false, {1, 2048 | 524288 | 5}},
    {SYS_socket, false, {1, 2048 | 524288 | 2}},
    {SYS_bind, false, {1000}},
    {SYS_listen, false, {1000}},
    {SYS_accept4, false, {1000}},
    {SYS_recvfrom, false, {1000}},
    {SYS_sendto, false, {1000}},
    {SYS_getsockopt, false, {1000, 1, 17}},
    {SYS_mkdirat, false, {(uint64_t)-100}},
};

uint32_t mt_filter_forbidden;

void mt_filter_is_inherited(void) { mt_or_relaxed(&mt_filter_forbidden, MT_FORBIDS_TALKING); }

/* Whether each of these calls succeeds, or at least is refused where it may be. */
static bool may_make(const struct sock_fprog *program, const struct needed *calls, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t verdict = action(program, &calls[i]);
    bool is_allowed = verdict == SECCOMP_RET_ALLOW || verdict == SECCOMP_RET_LOG;
    bool is_refused = verdict == SECCOMP_RET_ERRNO && !calls[i].is_vital;
    if (!is_allowed && !is_refused) return false;
  }
  return true;
}

#define MAY_MAKE(program, calls) may_make(program, calls, sizeof calls / sizeof calls[0])

enum mt_filter_verdict mt_filter_judge(const struct sock_fprog *program) {
  if (!MAY_MAKE(program, needed)) return MT_FILTER_DEADLY;
  uint32_t forbidden = 0;
  if (!MAY_MAKE(program, usage)) forbidden |= MT_FORBIDS_USAGE;
  if (!MAY_MAKE(program, conforming)) forbidden |= MT_FORBIDS_CONFORMING;
  if (!MAY_MAKE(program, joining)) forbidden |= MT_FORBIDS_JOINING;
  if (!MAY_MAKE(program, scanning)) forbidden |= MT_FORBIDS_SCANNING;
  if (!MAY_MAKE(program, new_task)) forbidden |= MT_FORBIDS_TASK;
  if (!MAY_MAKE(program, talking)) forbidden |= MT_FORBIDS_TALKING;
  mt_store_relaxed(&mt_filter_forbidden, mt_load_relaxed(&mt_filter_forbidden) | forbidden);
  return (forbidden & MT_FORBIDS_TASK) != 0 ? MT_FILTER_NO_NEW_TASK : MT_FILTER_HARMLESS;
}
