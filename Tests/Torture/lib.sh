# shellcheck shell=bash
# Sourced by the tests in Tests/Torture/tests, which Tests/Torture/run starts. A test is a script
# whose second line says what it is about; it makes checks with the words of Tests/EndToEnd/lib.sh
# (compile, traced, totals, equal, holds …) and those below, and ends with `finish`. Its programs
# are in Tests/Programs/torture.

source "$(dirname "${BASH_SOURCE[0]}")/../EndToEnd/lib.sh"
sources="$root/Tests/Programs/torture"

# rounds SHORT LONG: how often to do something that fails seldom.
rounds() { if [[ ${TORTURE_LONG:-0} == 1 ]]; then echo "$2"; else echo "$1"; fi; }

# in_folder NAME: a new empty folder of the test's to run in.
in_folder() { rm -rf "${scratch:?}/$1" && mkdir "$scratch/$1" && cd "$scratch/$1" || exit 1; }

# ending TRACE: how the report says the program ended, as "REASON STATUS".
ending() { "$analyzer" summary --json "$1" | jq -r '.process.end | "\(.reason) \(.status)"'; }

# info TRACE FILTER: what a jq filter finds in the trace's `info --json`.
info() { "$analyzer" info --json "$1" | jq -r "$2"; }

# summary TRACE FILTER: the same for `summary --json`.
summary() { "$analyzer" summary --json "$1" | jq -r "$2"; }

# under TRACE COST FUNCTION …: the sum of a cost over all stacks that run through a function, for
# each function.
under() {
  local trace=$1 cost=$2
  shift 2
  "$analyzer" folded --cost "$cost" "$trace" | awk -v names="$*" '
    BEGIN { count = split(names, wanted, " ") }
    { cost = $NF; sub(/ [0-9]+$/, ""); stack = ";" $0 ";"
      for (i = 1; i <= count; i++) if (index(stack, ";" wanted[i] ";")) sum[i] += cost }
    END { for (i = 1; i <= count; i++) printf "%d%s", sum[i], i < count ? " " : "\n" }'
}

# alike NAME COMMAND …: the command does the same traced as untraced: output, errors, exit status or
# signal. The trace is ./alike.bin, what it printed ./alike.traced.out and .err.
alike() {
  local name=$1
  shift
  rm -f alike.*
  # In shells of their own, which say aloud how a child died.
  bash -c '"$@"; echo "status $?" >&2' - "$@" >alike.plain.out 2>alike.plain.err
  bash -c '"$@"; echo "status $?" >&2' - env LD_PRELOAD="$recorder" MEMTRACE_OUTPUT=alike.bin "$@" \
    >alike.traced.out 2>alike.traced.err
  # What a shell says of a death names its own line and its child's pid and command.
  sed -i -E 's/^-: line [0-9]+: +[0-9]+ ([A-Z][A-Za-z ]+[a-z]).*/\1/' alike.*.err
  if cmp -s alike.plain.out alike.traced.out && cmp -s alike.plain.err alike.traced.err; then
    pass
  else
    flunk "$name: another behaviour" "$(diff alike.plain.out alike.traced.out)" \
      "$(diff alike.plain.err alike.traced.err)"
  fi
}

# counted NAME WAY REASON STATUS THREADS SEED COMMAND …: `counting` ends in that way at a random
# moment, and its report says so and agrees with its own counts; see die.py.
counted() {
  local name=$1
  shift
  holds "$name" python3 "$root/Tests/Torture/die.py" "$launcher" "$analyzer" "$@"
}
