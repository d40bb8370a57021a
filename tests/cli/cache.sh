# What was seen of a file is kept, and deciding anew from it gives what decoding anew gives.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

export XDG_CACHE_HOME="$PWD/cache"
kept=$XDG_CACHE_HOME/seechange/signatures
n_kept() { find "$kept" -name '*.kept' 2>/dev/null | wc -l; }

draw button button.mp4
awk 'BEGIN { print "P5\n320 180\n127"; for (i = 0; i < 57600; i++) printf "%c", i < 6400 ? 127 : 1 }' >mask.pgm

# alike, same ARG...: with what is kept, and without, the output is the same byte for byte
alike() {
    run changes --no-cache "$@" button.mp4
    mv out fresh
    run changes "$@" button.mp4
    [ "$code" -eq 0 ] && cmp -s out fresh
}
same() { alike --json "$@"; }

expect 0 "the first look" changes --json button.mp4
cp out first
check "is kept" [ "$(n_kept)" -eq 1 ]
check "where nobody else reads it" [ "$(stat -c %a "$kept"/*.kept)" = 600 ]
expect 0 "the second look" changes --json button.mp4
check "is the same" cmp -s out first
check "and says nothing" [ ! -s err ]
check "again" same
check "with less sensitivity" same --sensitivity 0.2
check "with more" same --sensitivity 0.7
check "with a place to ignore" same --ignore 620,348,40,24
check "with a smallest size" same --min-size 1
check "with a shortest duration" same --min-duration 3
check "with one place only" same --only 600,330,80,60
check "with a mask" same --mask mask.pgm
check "with fewer pictures" same --max-frames 3
check "with pictures between" same --context --max-frames 12
check "as what it isn't" same --profile camera
check "with all of them at once" same --sensitivity 0.6 --min-size 0.01 --min-duration 0.5 --only 400,200,400,300 \
    --mask mask.pgm --max-frames 5
check "none of which looked again" [ "$(n_kept)" -eq 1 ]
check "explained the same" alike --explain
check "with another effort" same --effort full
check "which was another look" [ "$(n_kept)" -eq 2 ]
check "in a part of the time" same --from 3 --to 9
check "in a part of the picture" same --crop 500,300,300,200

run changes --json button.mp4
cp button.mp4 "by another name.mp4"
rm -rf "$XDG_CACHE_HOME"
run changes --json --no-cache button.mp4
check "--no-cache keeps nothing" [ "$(n_kept)" -eq 0 ]

run changes --json button.mp4
ln button.mp4 linked.mp4
expect 0 "the same file by another name" changes --json linked.mp4
check "is called as it was" is source.path linked.mp4
check "and was not looked at again" [ "$(n_kept)" -eq 1 ]
draw hue button.mp4
expect 0 "another content" changes --json button.mp4
check "is seen" is 'events.#' 1

# What lies
for tape in "$kept"/*.kept; do
    size=$(stat -c %s "$tape")
    printf '\377\377\377\377' | dd of="$tape" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
done
check "what is damaged is not believed" same
for tape in "$kept"/*.kept; do : >"$tape"; done
check "nor what is empty" same
for tape in "$kept"/*.kept; do head -c 100 /dev/zero >"$tape"; done
check "nor what is none" same
rm -rf "$kept" && : >"$kept"
check "a folder that can't be made is no matter" same
check "and not worth a word" [ ! -s err ]
rm -f "$kept"

# What can't be kept
"$seechange" changes --json - <button.mp4 >out 2>err
check "standard input is not kept" [ "$(n_kept)" -eq 0 ]
mkdir -p stills
for i in 1 2 3; do
    awk -v i=$i 'BEGIN { print "P5\n64 64\n255"; for (k = 0; k < 4096; k++) printf "%c", 64 + i }' >stills/$i.pgm
done
expect 0 "a folder of stills" changes --json stills
check "is kept" [ "$(n_kept)" -eq 1 ]
cp out first
run changes --json stills
check "is the same again" cmp -s out first
cp stills/3.pgm stills/4.pgm
run changes --json stills
check "is looked at again with one more" [ "$(n_kept)" -eq 2 ]
check "and shows it" is source.n_pictures 4
