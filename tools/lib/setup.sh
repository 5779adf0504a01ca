# shellcheck shell=bash
# Sourced by the scripts in tools/: finds the project, installs what is missing, builds.
# Never touches what is installed already; asks for root only when something is missing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build="$root/.build/release"

say() { printf '%s\n' "$@"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# What building needs, and what the tests' witnesses and real programs need on top.
build_packages=(g++ git libc6-dev libdw-dev libiberty-dev libisal-dev liblz4-dev libunwind8 libzstd-dev pkg-config)
test_packages=(bindfs binutils btrfs-progs bubblewrap chromium clang-format cmake curl cython3 default-jdk-headless dwz elfutils fakeroot faketime g++ gawk gcc gcc-aarch64-linux-gnu gdb
  gfortran golang-go jq libdebuginfod1 libdevel-nytprof-perl libgoogle-perftools-dev libgtk-3-dev
  libc6-dev-arm64-cross libjemalloc-dev libjemalloc2 libmimalloc-dev libmimalloc2.0 libtbb-dev libcap2-bin libtcmalloc-minimal4 libunwind-dev
  libxml2-utils llvm lua5.4 make musl-tools nginx-light nodejs patch perl php-cli postgresql prometheus python3 python3-dev python3-pytest python3-venv qemu-user qtbase5-dev redis-server redis-tools
  rustc sqlite3 strace tmux valgrind xz-utils)

# A package counts as there when dpkg has it, or when the program that it is wanted for is: a
# node or java from another source is as good.
package_present() {
  dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' && return
  case $1 in
    chromium) command -v chromium >/dev/null ;;
    default-jdk-headless) command -v javac >/dev/null ;;
    nginx-light) command -v nginx >/dev/null ;;
    nodejs) command -v node >/dev/null ;;
    python3-pytest) command -v pytest >/dev/null ;;
    clang-format | gcc | g++ | perl | python3 | rustc) command -v "$1" >/dev/null ;;
    pkg-config) command -v pkg-config >/dev/null ;;
    *) return 1 ;;
  esac
}

need_packages() {
  local missing=() package
  for package in "$@"; do package_present "$package" || missing+=("$package"); done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null ||
    fail "these packages are missing and there is no apt-get to install them: ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "please install these packages as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing from Debian: ${missing[*]}"
  # Lists of packages that are merely old may still do, and then the network is asked for less; a new
  # machine has none. What the first attempt says is of no interest if the second succeeds, nor is an
  # update's complaint about a source that none of the packages is from.
  local words
  words=$(mktemp)
  install_packages "${missing[@]}" 2>"$words" ||
    { "${as_root[@]}" apt-get update -q >/dev/null 2>"$words"; install_packages "${missing[@]}" 2>>"$words"; } ||
    { cat "$words" >&2; fail "apt-get could not install: ${missing[*]}"; }
  rm -f "$words"
}

install_packages() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$@" >/dev/null
}

need_swift() {
  command -v swift >/dev/null ||
    fail "Swift 6.1 or newer is needed and not in PATH: https://www.swift.org/install/linux/"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
  [[ $(printf '%s\n' 6.1 "$version" | sort -V | head -n 1) == 6.1 ]] ||
    fail "Swift 6.1 or newer is needed, this is ${version:-of an unknown version}: https://www.swift.org/install/linux/"
}

# build_products [LOG]: builds; the compiler's words go to LOG, and are shown when it fails.
build_products() {
  local log=${1:-$(mktemp)}
  "$root/tools/build" >"$log" 2>&1 || { cat "$log" >&2; fail "the build failed"; }
  (($#)) || rm -f "$log"
}
