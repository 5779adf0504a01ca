# shellcheck shell=bash
# Sourced by tests that need file systems of their own: images mounted in a mount namespace, which
# goes with the test. Without root there is tmpfs alone.

filesystems=(tmpfs ext4 ext2 xfs btrfs overlay fuse)
((EUID == 0)) || filesystems=(tmpfs)

# in_mount_namespace "$@": runs the calling test again where it may mount.
in_mount_namespace() {
  [[ ${1:-} != mounted ]] || return 0
  local as_root=(--map-root-user)
  ((EUID != 0)) || as_root=()
  cd / && rm -rf "$scratch"
  exec unshare --mount "${as_root[@]}" bash "$root/Tests/Torture/tests/$(basename "$0")" mounted
}

# mount_image NAME [BYTES]: a new file system of that kind at ./NAME; as small as it can be by default.
# Fails where this kernel has none such, and says so.
mount_image() {
  local name=$1 bytes=${2:-} least=16M
  mkdir -p "$name"
  case $name in
    tmpfs)
      mount -t tmpfs -o "size=${bytes:-64M}" none "$name"
      return
      ;;
    overlay)
      mkdir -p below && mount -t tmpfs -o "size=${bytes:-64M}" none below &&
        mkdir below/{lower,upper,work} &&
        mount -t overlay -o lowerdir=below/lower,upperdir=below/upper,workdir=below/work none "$name"
      ;;
    fuse) # a process of this user's that hands all calls on
      mkdir -p beneath && mount -t tmpfs -o "size=${bytes:-64M}" none beneath && bindfs beneath "$name"
      ;;
    *)
      [[ $name != xfs ]] || least=300M
      [[ $name != btrfs ]] || least=128M
      rm -f "$name.image" && truncate -s "${bytes:-$least}" "$name.image" &&
        make_filesystem "$name" "$name.image" && mount -o loop "$name.image" "$name"
      ;;
  esac || {
    say "no $name on this machine"
    return 1
  }
}

make_filesystem() {
  case $1 in
    ext*) "mkfs.$1" -q -F "$2" ;;
    *) "mkfs.$1" -q -f "$2" ;;
  esac >/dev/null 2>&1
}

unmount_image() {
  umount "$1"
  [[ $1 != overlay ]] || umount below
  [[ $1 != fuse ]] || umount beneath
  rm -f "$1.image"
}

# fill FOLDER: takes every block that is left on its file system.
fill() {
  local bytes number=0
  for bytes in 64M 8M 1M; do
    while fallocate -l "$bytes" "$1/fill.$((++number))" 2>/dev/null; do :; done
    rm -f "$1/fill.$number"
  done
  { cat /dev/zero >"$1/fill"; } 2>/dev/null
  sync -f "$1"
}
