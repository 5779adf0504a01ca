/*
 * cfi_lookup.c: prints the rules that cfi.c gives for addresses of an ELF file: link-time
 * addresses in hex on stdin, one a line; on stdout the address and the rule in words. test_cfi.py
 * compares them with readelf's reading of the same tables.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "cfi/cfi.h"
#include "cfi/rule.h"

static void print_rule(uint64_t pc, uint32_t rule) {
  int cfa = (int)mt_rule_cfa(rule), bp = (int)mt_rule_bp(rule);
  printf("%lx ", (unsigned long)pc);
  switch (mt_rule_kind(rule)) {
    case MT_RULE_SP:
      printf("cfa=rsp+%d", 8 * cfa);
      break;
    case MT_RULE_BP:
      printf("cfa=rbp+%d", 8 * cfa);
      break;
    case MT_RULE_DEREF:
      printf("cfa=[rbp%+d] rbp=[rbp%+d]\n", 8 * (cfa - MT_RULE_CFA_BIAS),
             8 * (bp - MT_RULE_BP_BIAS));
      return;
    case MT_RULE_SIGNAL:
      puts("signal");
      return;
    case MT_RULE_GUESS:
      puts("none");
      return;
    case MT_RULE_END:
      puts("end");
      return;
    default:
      puts("complex");
      return;
  }
  if (bp)
    printf(" rbp=c-%d\n", 8 * bp);
  else
    printf(" rbp=u\n");
}

int main(int argc, char **argv) {
  int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) {
    fprintf(stderr, "usage: cfi_lookup ELF-FILE < addresses\n");
    return 2;
  }
  const uint8_t *file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (file == MAP_FAILED) return 2;
  const Elf64_Ehdr *elf = (const Elf64_Ehdr *)file;
  const Elf64_Phdr *headers = (const Elf64_Phdr *)(file + elf->e_phoff);
  struct mt_cfi_image image = {0};
  for (int i = 0; i < elf->e_phnum; i++)
    if (headers[i].p_type == PT_GNU_EH_FRAME) image.header = headers[i].p_vaddr;
  for (int i = 0; i < elf->e_phnum; i++) {
    const Elf64_Phdr *segment = &headers[i];
    if (segment->p_type != PT_LOAD || image.header < segment->p_vaddr ||
        image.header >= segment->p_vaddr + segment->p_filesz)
      continue;
    image.bytes = file + segment->p_offset;
    image.start = segment->p_vaddr;
    image.end = segment->p_vaddr + segment->p_filesz;
  }
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    uint64_t pc = strtoull(line, NULL, 16);
    print_rule(pc, mt_cfi_rule(&image, pc));
  }
  return 0;
}
