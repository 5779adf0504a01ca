/*
 * library.c: allocations that libc makes for the program: stdio, getline, asprintf, qsort, regex,
 * directory streams, locales, environment.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_length(const void *a, const void *b) {
  size_t x = strlen(*(char *const *)a), y = strlen(*(char *const *)b);
  return x < y ? -1 : x > y;
}

int main(void) {
  setlocale(LC_ALL, "C");
  char *lines[300];
  for (int i = 0; i < 300; i++) {
    if (asprintf(&lines[i], "%0*d is line number %d", 1 + i % 50, i, i) < 0) return 1;
  }
  qsort(lines, 300, sizeof lines[0], by_length);

  char *text = NULL;
  size_t bytes = 0;
  FILE *memory = open_memstream(&text, &bytes);
  for (int i = 0; i < 300; i++) fprintf(memory, "%s\n", lines[i]);
  fclose(memory);

  FILE *input = fmemopen(text, bytes, "r");
  char *line = NULL;
  size_t capacity = 0;
  int matches = 0;
  regex_t pattern;
  if (regcomp(&pattern, "(1|2)+ is .*number [0-9]*[13579]$", REG_EXTENDED) != 0) return 1;
  while (getline(&line, &capacity, input) > 0) {
    line[strcspn(line, "\n")] = '\0';
    matches += regexec(&pattern, line, 0, NULL, 0) == 0;
  }
  regfree(&pattern);
  fclose(input);
  free(line);
  free(text);

  DIR *directory = opendir("/");
  if (directory == NULL) return 1;
  closedir(directory);
  setenv("MEMTRACE_TEST_VARIABLE", "a value", 1);
  for (int i = 0; i < 300; i++) free(lines[i]);
  printf("%d\n", matches);
  return 0;
}
