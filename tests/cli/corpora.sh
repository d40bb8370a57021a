# The fuzz targets over their corpora.
# shellcheck shell=sh
set -u
for source in "$TESTS"/fuzz/fuzz_*.c; do
    name=${source##*/fuzz_}
    name=${name%.c}
    if "$O/tests/fuzz/replay_$name" "$TESTS/fuzz/corpus/$name" >said 2>&1; then
        echo "ok $name: $(tail -n 1 said)"
    else
        tail -n 20 said
        echo "not ok $name"
    fi
done
