# seechange info, compare and frames on drawn clips and stills.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw hue hue.mp4
draw still a.png
draw other b.png
cp a.png 'c@0:02.png'
mkdir shots
for i in 1 2 3 4; do cp a.png "shots/shot-00$i.png"; done
for i in 5 6 7 8; do cp b.png "shots/shot-00$i.png"; done

# info
expect 0 "info" info hue.mp4
check "has the size" grep -q 'size *640x360' out
check "has the duration" grep -q 'duration *00:06\.000' out
check "is plain" plain out
expect 0 "info --json" info --json hue.mp4
check "obeys the schema" obeys info-1.json
check "has the width" is width 640
check "has the duration in seconds" between duration_s 5.99 6.01
check "has the rate" between fps 24.99 25.01
expect 0 "info --json of several" info --json hue.mp4 a.png
check "is an array" is '#' 2
check "a still is one" is 1.is_still true
expect 3 "info, one is not there" info --json gone.mp4 a.png
for stills in shots 'shots/*.png' 'shots/shot-%03d.png'; do
    expect 0 "info of stills: $stills" info --json "$stills"
    check "$stills is stills" is is_stills true
    check "$stills has eight" is n_pictures 8
done
expect 0 "changes of a folder" changes --json shots
check "the square moved: one event, or one where it was and one where it is" between 'events.#' 1 2
"$tools/json" all events start_s <out | sort -u >found
check "with the fifth still" [ "$(cat found)" = 4.0 ]
expect 0 "--still-rate" changes --json --still-rate 2 shots
check "makes them follow faster" between events.0.start_s 1.999 2.001
expect 0 "changes of a still" changes a.png
check "says that it is one" grep -q 'a single picture' out

# compare
expect 0 "compare a still with itself" compare a.png a.png
check "finds it identical" grep -q '^identical' out
expect 0 "compare two stills" compare --json a.png b.png
check "obeys the schema" obeys comparison-1.json
check "finds a change" is changed true
check "not identical" is identical false
check "in two places" is 'regions.#' 2
"$tools/json" all regions box <out | tr -d '[]' | sort -n >found
check "where the square was and is" awk -F, '
    function near(v, want) { return v >= want - 8 && v <= want + 8 }
    { want = NR == 1 ? 40 : 200
      if (!near($1, want) || !near($2, 80) || !near($3, 40) || !near($4, 40)) { print "    " $0; bad = 1 } }
    END { exit bad }' found
expect 0 "compare, for people" compare a.png b.png
check "says so" grep -q '^changed: ' out
check "fits 80 columns" awk 'length > 80 { exit 1 }' out
expect 0 "compare one video at two times" compare --json hue.mp4@00:01 hue.mp4@5
check "at these times" is a.time_s 1.0
check "and" is b.time_s 5.0
check "the path is without the time" is a.path hue.mp4
check "finds the change" is changed true
check "in the patch" sh -c '"$1/json" get regions.0.box <out | tr -d "[]" |
    awk -F, "{ exit !(\$1 <= 284 && \$1 >= 264 && \$1 + \$3 >= 356 && \$1 + \$3 <= 376) }"' sh "$tools"
expect 0 "compare with no change between" compare --json hue.mp4@1 hue.mp4@2
check "finds none" is changed false
expect 0 "a name that ends like a time is a name" compare --json 'c@0:02.png' a.png
check "whole" is a.path 'c@0:02.png'
expect 1 "no such file, with a time" compare gone.mp4@1 hue.mp4
check "names the file" said "gone.mp4"
expect 2 "a time past the end" compare hue.mp4@1:00 hue.mp4

# frames
expect 0 "frames" frames hue.mp4 -o moments
check "prints the manifest among the paths" grep -qx 'moments/manifest\.json' out
check "each path is there" sh -c 'while read -r f; do [ -s "$f" ] || exit 1; done <out'
moment='^00h00m0[23]\.[0-9]{3}s-(peak|after)-e1\.jpg$'
check "a picture of the change is named so" sh -c 'ls moments | grep -qE "$1"' sh "$moment"
cp moments/manifest.json out
check "the manifest obeys the schema" obeys manifest-1.json
check "and names as many files as there are" sh -c '
    "$1/json" all frames file <out | sort >named; ls moments | grep -v manifest >there; cmp -s named there' sh "$tools"
expect 0 "a frame is a picture" info --json "moments/$(head -n 1 named)"
check "of the video's size" is width 640
expect 0 "frames again, as PNG, smaller, marked" frames --format png --max-side 320 --mark -o small hue.mp4
set -- small/*.png
expect 0 "such a frame" info --json "$1"
check "is small" is width 320
expect 1 "frames into a file" frames -o a.png hue.mp4
check "leaves it as it was" cmp -s a.png shots/shot-001.png
check "nothing unfinished is left" [ -z "$(find . -name '.*' ! -name . -o -name '*.tmp*' -o -name '*.part')" ]
