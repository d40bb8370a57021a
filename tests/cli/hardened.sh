# What was built is hardened: position-independent, relocations read-only and bound at start, no executable stack,
# guarded stack frames, checked buffer calls.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

if ! command -v readelf >/dev/null; then
    echo "skip hardened: no readelf here"
    exit 0
fi
for file in seechange seechange-worker libseechange.so; do
    readelf -hdlW "$O/$file" >facts 2>/dev/null
    readelf -sW "$O/$file" >symbols 2>/dev/null
    check "$file is position-independent" grep -q 'Type: *DYN' facts
    check "$file has read-only relocations" grep -q 'GNU_RELRO' facts
    check "$file binds at its start" grep -q 'BIND_NOW' facts
    check "$file has no executable stack" sh -c 'grep GNU_STACK facts | grep -q " RW "'
    refute "$file has no memory to write and to execute" grep -q 'LOAD.* RWE ' facts
    refute "$file has no path of its own to libraries" grep -qE 'RPATH|RUNPATH' facts
    if grep -q '__asan_\|__tsan_' symbols; then
        echo "skip $file guards its stack and buffers: a sanitizer does in this build"
        continue
    fi
    check "$file guards its stack" grep -q '__stack_chk_fail' symbols
    if grep -q '__gcov_' symbols; then
        echo "skip $file checks buffer calls: not without optimisation"
    else
        check "$file checks buffer calls" grep -q '_chk@' symbols
    fi
done
if echo 'int f(void); int f(void) { return 0; }' | "${CC:-cc}" -fcf-protection=full -x c -c -o flow.o - 2>/dev/null &&
    readelf -n flow.o | grep -q IBT; then
    check "jumps are checked where the processor can" sh -c 'readelf -n "$O/ui-cli/main.o" | grep -q "IBT, SHSTK"'
else
    echo "skip jumps are checked: another kind of machine or compiler"
fi
