# Sourced by the suites in Tests/EndToEnd: how a check is made, counted and reported. Every suite is
# a script that ends with `finish`, whose last line is "N passed, N failed".

source "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib/setup.sh"
set -uo pipefail

recorder="$build/libmemtrace.so"
analyzer="$build/memtrace-analyze"
launcher="$build/memtrace-launcher"
sources="$root/Tests/Programs"
[[ -e $recorder && -x $analyzer && -x $launcher ]] ||
  fail "not built yet; run: tools/build"

# A suite works in a folder of its own, kept when something failed.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/memtrace-$(basename "$0").XXXXXX")
cd "$scratch"

# The loader parts LD_PRELOAD at blanks and colons.
if [[ $recorder == *[[:blank:]:]* ]]; then
  cp "$recorder" "$scratch/libmemtrace.so"
  recorder="$scratch/libmemtrace.so"
fi

# Nothing of the caller's environment may reach the recorder.
for variable in "${!MEMTRACE_@}"; do unset "$variable"; done
export LC_ALL=C.UTF-8

passed=0
failed=0

pass() { passed=$((passed + 1)); }

# flunk NAME [WHAT …]: counts a failure; the further words say what was seen.
flunk() {
  failed=$((failed + 1))
  printf 'FAILED %s\n' "$1"
  shift
  (($# == 0)) || printf '%s\n' "$@" | sed 's/^/  /' | head -n 40
}

# equal NAME EXPECTED SEEN
equal() {
  if [[ $2 == "$3" ]]; then pass; else flunk "$1" "expected: $2" "seen:     $3"; fi
}

# holds NAME COMMAND …: the command succeeds.
holds() {
  local name=$1 seen
  shift
  if seen=$("$@" 2>&1); then pass; else flunk "$name" "$* failed:" "$seen"; fi
}

finish() {
  cd /
  if ((failed == 0)); then rm -rf "$scratch"; else say "Files kept in $scratch"; fi
  say "$passed passed, $failed failed"
  exit $((failed > 0))
}

# compile NAME [OPTION …]: builds NAME.{c,cc} of the suite's programs to ./NAME. GCC, so that what is
# traced is not built by the compiler that built us.
compile() {
  local name=$1
  shift
  if [[ -e $sources/$name.cc ]]; then
    g++ -std=c++17 -O1 -g -Wall -Wextra -Werror -pthread "$sources/$name.cc" -o "$name" "$@"
  else
    gcc -O1 -g -Wall -Wextra -Werror -pthread "$sources/$name.c" -o "$name" "$@"
  fi || flunk "compile $name"
}

# traced FILE COMMAND …: runs the command with the recorder, its first trace in FILE.
traced() {
  local trace=$1
  shift
  env LD_PRELOAD="$recorder" MEMTRACE_OUTPUT="$trace" "$@"
}

# totals TRACE NAME …: the named members of the summary's totals, on one line. Fails, printing
# nothing, when the analyzer does or when a member is no number.
totals() {
  local trace=$1
  shift
  "$analyzer" summary --json "$trace" |
    jq -er '.totals as $t | [$ARGS.positional[] | $t[.] | numbers | tostring]
      | select(length == ($ARGS.positional | length)) | join(" ")' --args "$@"
}
