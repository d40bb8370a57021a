# The tarball holds what is tracked, and builds.
# shellcheck shell=sh
set -u
root=$(cd "$TESTS/.." && pwd)
unset MAKEFLAGS MAKELEVEL MFLAGS
verdict() { if [ "$1" -eq 0 ]; then echo "ok $2"; else echo "not ok $2"; fi; }
if nm "$O/seechange" | grep -q -e __asan_init -e __tsan_init; then
    echo "skip the tarball: tested with the plain build"
    exit 0
fi
if ! git -C "$root" ls-files >/dev/null 2>&1; then
    echo "skip the tarball: no git, or not a git work tree"
    exit 0
fi
make -s -C "$root" O="$PWD/dist" dist && tar -xzf dist/*.tar.gz
verdict $? "make dist"
(cd "$root" && git ls-files | LC_ALL=C sort) >tracked
(cd seechange-* && find . -type f | sed 's|^\./||' | LC_ALL=C sort) >packed
diff tracked packed
verdict $? "it holds what is tracked and nothing else"
tarball=$(echo dist/seechange-*.tar.gz)
first=$(sha256sum "$tarball")
make -s -C "$root" O="$PWD/dist" dist && [ "$(sha256sum "$tarball")" = "$first" ]
verdict $? "it is the same, byte for byte, when made again"
cd seechange-* && make -s O=build CFLAGS=-O0 all && build/seechange --version
verdict $? "it builds"
