# Damaged media by the thousand: whatever the file says, the program ends by itself in time, with a whole answer or one
# line that says what failed, and the worker neither crashes nor hangs.
#   SEED, SOAK_SECONDS (600)
# shellcheck shell=sh
set -u
cd "$(dirname "$0")/../.." || exit 1
seed=${SEED:-1}
seconds=${SOAK_SECONDS:-600}
O=$(cd "${O:-build}" && pwd)
make -s O="$O" "$O/tests/tools/draw" "$O/tests/tools/mutate" || exit 1
export SEECHANGE_WORKER="$O/seechange-worker" LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for ending in mp4 mkv webm gif avi ts mpg; do "$O/tests/tools/draw" tiny "$work/whole.$ending" || exit 1; done
"$O/seechange" frames "$work/whole.mkv" -o "$work/stills" >/dev/null 2>&1 || exit 1
"$O/seechange" frames "$work/whole.mkv" -o "$work/stills-png" --format png >/dev/null 2>&1
for still in "$work"/stills/*.jpg "$work"/stills-png/*.png; do
    [ -e "$still" ] && cp "$still" "$work/whole.${still##*.}"
done

# One file, once; says what was wrong.
try() {
    timeout -k 5 30 "$O/seechange" changes "$1" --no-cache --json --progress never >"$work/out" 2>"$work/said"
    status=$?
    case $status in
    0) ;;
    1) [ -s "$work/said" ] || echo "failed without a word" ;;
    124 | 137) echo "hung" ;;
    *) echo "exit $status" ;;
    esac
    grep -a -i -E 'worker.*(crash|signal|killed|died)|Sanitizer|runtime error' "$work/said"
    [ "$status" -ne 0 ] || tail -c 2 "$work/out" | grep -q '[]}]' || echo "the JSON is cut off"
}

mkdir -p "$O/soak"
end=$(($(date +%s) + seconds))
n=0 bad=0 fine=0
while [ "$(date +%s)" -lt "$end" ]; do
    for whole in "$work"/whole.*; do
        damaged=$work/damaged.${whole##*.}
        "$O/tests/tools/mutate" "$((seed + n))" "$whole" "$damaged" || exit 1
        n=$((n + 1))
        wrong=$(try "$damaged")
        if [ -n "$wrong" ]; then
            bad=$((bad + 1))
            cp "$damaged" "$O/soak/$((seed + n - 1)).${whole##*.}"
            echo "$O/soak/$((seed + n - 1)).${whole##*.}: $wrong"
        fi
        [ -s "$work/out" ] && fine=$((fine + 1))
    done
done
left=$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'seechange*' -newer "$work/whole.mp4" 2>/dev/null)
[ -z "$left" ] || echo "left behind: $left"
if [ "$bad" -eq 0 ] && [ -z "$left" ]; then
    echo "ok $n damaged files, SEED=$seed: $fine could still be read"
else
    echo "not ok $n damaged files, SEED=$seed: $bad ended badly"
fi
