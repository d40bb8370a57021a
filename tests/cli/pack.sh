# seechange ask --pack: what the images show, and what is said of it.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw button button.mp4
draw cuts cuts.mp4

for pack in full pair delta grid; do
    expect 0 "--pack $pack" ask --dry-run --json --pack $pack --model llama-4-scout button.mp4
    check "obeys the schema" obeys answer-1.json
    check "is told" is pack $pack
    check "needs no reason" is pack_reason null
    check "the first image begins with the first frame or before an event" between images.0.shows.0.time_s 0 20
done
expect 0 "--pack delta" ask --dry-run --json --pack delta --model llama-4-scout button.mp4
check "begins with the whole picture" is images.0.what whole
check "of which nothing is cut" is images.0.shows.0.crop null
refute "goes on with parts" is images.1.shows.0.crop null
expect 0 "--pack pair" ask --dry-run --json --pack pair --model gpt-4.1 button.mp4
check "has two pictures on an image" is 'images.0.shows.#' 2
expect 0 "--pack grid" ask --dry-run --json --pack grid --model gpt-4.1 cuts.mp4
check "has many" between 'images.0.shows.#' 3 40
expect 0 "without --pack" ask --dry-run --json --model llama-4-scout button.mp4
check "what a still camera saw is cut out" is pack delta
refute "and it is said why" is pack_reason null
expect 0 "a dry run" ask --dry-run --model llama-4-scout button.mp4
check "says why too" grep -q '^packed as delta: ' out
check "fits 80 columns" awk 'length > 80 { exit 1 }' out
expect 0 "an image for each shot" ask --dry-run --json --model gpt-4.1 cuts.mp4
check "is whole frames" is pack full
expect 2 "a packing that is none" ask --dry-run --pack zip --model gpt-4.1 cuts.mp4
check "is named" said zip
