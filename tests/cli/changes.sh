# seechange changes on clips of which every change is known.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

for clip in button ramp hue dissolve cuts static noise; do
    draw "$clip" "$clip.mp4"
done

# json CLIP ARG...: its changes into out
json() {
    clip=$1
    shift
    expect 0 "changes --json $clip $*" changes --json "$@" "$clip.mp4"
    check "$clip $* obeys the schema" obeys changes-1.json
    check "$clip is called as it was" is source.path "$clip.mp4"
}

# near FILE_OF_TIMES MEMBER TOLERANCE: the events' MEMBER are these times
near() {
    "$tools/json" all events "$2" <out >found
    paste "$1" found | awk -v t="$3" 'NF != 2 || $1 - $2 > t || $2 - $1 > t { bad = 1; print "    " $0 } END { exit bad }'
}

# Every state of the button, that is the picture after each flip and the one before the first, has a chosen picture.
all_states() {
    "$tools/json" all frames time_s <out | sort -n >chosen
    { echo 0; cat button.mp4.times; echo 99; } | awk '
        NR == FNR { t[n++] = $1; next }
        { for (i = 0; i + 1 < n; i++) if ($1 >= t[i] && $1 < t[i + 1]) seen[i] = 1 }
        END { for (i = 0; i + 1 < n; i++) if (!seen[i]) { print "    no picture of state " i; exit 1 } }' - chosen
}

# boxed X Y W H: each event's box holds this one, and is at most 6 pixels larger on each side
boxed() {
    "$tools/json" all events box <out | tr -d '[]' | awk -F, -v x="$1" -v y="$2" -v w="$3" -v h="$4" '
        $1 > x || $2 > y || $1 + $3 < x + w || $2 + $4 < y + h ||
        $1 < x - 6 || $2 < y - 6 || $1 + $3 > x + w + 6 || $2 + $4 > y + h + 6 { print "    " $0; bad = 1 }
        END { exit bad }'
}

json button --effort scout
check "scout says why it looks like normal" is scouting.why_normal "it is shorter than a minute"
check "and leaves nothing out" is scouting.unseen_s 0.0
for effort in normal full; do
    json button --effort $effort
    check "button, $effort: 6 events" is 'events.#' 6
    check "button, $effort: exact to the picture" near button.mp4.times start_s 0.0005
    check "button, $effort: all 7 states are chosen" all_states
    check "button, $effort: the box holds the button and little more" boxed 620 348 40 24
    check "button, $effort: what was seen before is told" between events.1.same_as_s 0 2.48
    check "button, $effort: a page of 1280x720" is source.width 1280

    json ramp --effort $effort
    check "ramp, $effort: one event" is 'events.#' 1
    check "ramp, $effort: of light" is events.0.kind light

    json hue --effort $effort
    check "hue, $effort: one event" is 'events.#' 1
    check "hue, $effort: when it is" near hue.mp4.times start_s 0.0005

    json dissolve --effort $effort
    check "dissolve, $effort: one event" is 'events.#' 1
    check "dissolve, $effort: of that kind" is events.0.kind dissolve
    check "dissolve, $effort: begins with it" between events.0.start_s 1.9 2.7
    check "dissolve, $effort: ends with it" between events.0.end_s 7.3 8.3

    json cuts --effort $effort
    check "cuts, $effort: 20 events" is 'events.#' 20
    check "cuts, $effort: exact to the picture" near cuts.mp4.times start_s 0.0005
    "$tools/json" all events kind <out | sort -u >found
    check "cuts, $effort: each is a cut" [ "$(cat found)" = cut ]

    json static --effort $effort
    check "static, $effort: nothing" is 'events.#' 0
    json noise --effort $effort
    check "noise, $effort: nothing" is 'events.#' 0
done

# The table
expect 0 "changes" changes button.mp4
check "fits 80 columns" awk 'length > 80 { exit 1 }' out
check "is headed by the file" sh -c 'head -n 1 out | grep -qE "^button\.mp4  1280x720 (h264|mpeg4), 00:24\.000, 25 fps"'
check "counts the changes" grep -q '^6 changes ' out
check "lists them" [ "$(grep -c '^ *[1-6] 00:' out)" -eq 6 ]
check "has no colour where there is no terminal" plain out
check "says nothing besides" [ ! -s err ]
expect 0 "--color always" changes --color always static.mp4
refute "colours" plain out
expect 0 "nothing changed" changes static.mp4
check "is said" grep -q '^nothing changed' out
expect 4 "--exit-code, nothing changed" changes --exit-code static.mp4 noise.mp4
expect 0 "--exit-code, something changed" changes --exit-code static.mp4 hue.mp4
expect 1 "--exit-code, a failure" changes --exit-code gone.mp4

# Several files
expect 0 "several files" changes --json static.mp4 hue.mp4
check "are an array" is '#' 2
check "in their order" is 1.source.path hue.mp4
expect 3 "some fail" changes --json static.mp4 gone.mp4 hue.mp4
check "the others are there" is '#' 2
check "the one is named" said gone.mp4
expect 1 "all fail" changes --json gone.mp4 lost.mp4
check "and the array is empty" is '#' 0

# Lines and cells
expect 0 "--jsonl" changes --jsonl hue.mp4 static.mp4
check "has a line for each source" [ "$(grep -c '"type": "source"' out)" -eq 2 ]
check "has a line for each event" [ "$(grep -c '"type": "event"' out)" -eq 1 ]
cp out lines
while read -r line; do
    printf '%s\n' "$line" >out
    obeys changes-line-1.json || echo bad
done <lines >bad 2>&1
check "each line obeys the schema" [ ! -s bad ]
cp hue.mp4 "=1+1,\"x\".mp4"
expect 0 "--csv" changes --csv "=1+1,\"x\".mp4" hue.mp4
check "has a heading" sh -c 'head -n 1 out | grep -q "^path,event,kind,start_s,"'
check "has a line for each event" [ "$(wc -l <out)" -eq 3 ]
check "lines end as RFC 4180 says" [ "$(tr -cd '\r' <out | wc -c)" -eq 3 ]
check "a formula is none, and quotes are doubled" grep -qF "\"'=1+1,\"\"x\"\".mp4\",0," out
check "has the time" grep -q '^"hue.mp4",0,[a-z]*,3\.000000,' out

# Where and how often to look
json button --from 4 --to 11
check "--from and --to bound it" [ "$("$tools/json" all events start_s <out | tr '\n' ' ')" = "5.6 10.4 " ]
json button --crop 0,0,300,200
check "--crop bounds it" is 'events.#' 0
json button --crop 500,300,300,200 --to 9
check "--crop sees what is inside" is 'events.#' 2
check "and tells where it is in the whole picture" boxed 620 348 40 24
json button --ignore 620,348,40,24
check "--ignore hides it" is 'events.#' 0
json button --only 0,0,300,200 --only 900,400,300,200
check "--only hides what is elsewhere" is 'events.#' 0
json button --only 0,0,300,200 --only 620,348,40,24
check "--only shows what is there" is 'events.#' 6
check "and where" boxed 620 348 40 24
json button --ignore 640,0,640,720
check "--ignore of one half" is 'events.#' 6
"$tools/json" all events box <out | tr -d '[]' >found
check "keeps boxes out of it" awk -F, '$1 + $3 > 640 { exit 1 }' found
# A picture of 320x180 that is white where the button is and black elsewhere, or the other way round
for there in 255 0; do
    LC_ALL=C awk -v there=$there 'BEGIN {
        print "P5\n320 180\n255"
        for (y = 0; y < 180; y++)
            for (x = 0; x < 320; x++)
                printf "%s", (x >= 152 && x < 168 && y >= 84 && y < 96) == (there == 255) ? "\377" : "\001"
    }' >mask.pgm
    json button --mask mask.pgm
    check "a mask that is $there on the button" is 'events.#' $((there ? 6 : 0))
done
json ramp --ignore 100,100,300,100
check "light is no change beside what is ignored" is 'events.#' 1
check "but light" is events.0.kind light
json cuts --only 100,100,50,50
check "a cut is seen in a small part" is 'events.#' 20
expect 1 "a mask that is not there" changes --mask gone.png button.mp4
check "is named" said gone.png
printf 'P5\n2 1\n255\n\000\377' >tiny.pgm
expect 2 "a mask that is too small" changes --mask tiny.pgm button.mp4
check "is measured" said "only 2x1 pixels"
json button --sensitivity 0.5
mv out usual
json button
check "the usual sensitivity is 0.5" cmp -s out usual
json button --sensitivity 0
check "a low one sees no more" between 'events.#' 0 6
json button --min-size 0.05
check "--min-size leaves in what is larger" is 'events.#' 6
json button --min-size 2
check "and out what is smaller" is 'events.#' 0
check "of which no picture is chosen" is 'frames.#' 2
json button --min-duration 3
check "--min-duration leaves out what was undone too soon" between 'events.#' 1 5
json cuts --min-duration 10 --to 3
check "but not what stays" between 'events.#' 1 20
json button --every 10
check "--every looks less" between looked 2 5
json button --fps 1
check "--fps looks so often" between looked 20 30
json cuts --max-frames 5
check "--max-frames bounds the choice" between 'frames.#' 1 5
json hue --effort full
check "full looks at all" is looked 150
expect 0 "--explain" changes --explain --effort full hue.mp4
check "has a line for each picture" [ "$(grep -c '^00:0[0-9]\.[0-9]* ' out)" -eq 150 ]
check "and the table after it" grep -q '^1 change ' out
for sheet in sheet.jpg sheet.png; do
    expect 0 "--contact-sheet $sheet" changes --contact-sheet "$sheet" hue.mp4
    check "says where it is" said "$sheet"
    expect 0 "the sheet is a picture" info --json "$sheet"
    check "and not a small one" between width 300 8000
done
expect 0 "--heatmap" changes --heatmap maps button.mp4
check "says where they are" said "maps written into 'maps'"
check "one for each change" [ "$(find maps -name '00h00m*s-heat-e[1-6].png' | wc -l)" -eq 6 ]
expect 0 "a map is a picture" info --json maps/*-heat-e1.png
check "of the size of the video's" is width 1280
expect 2 "--heatmap of two files" changes --heatmap maps button.mp4 hue.mp4
expect 0 "no changes" changes --heatmap none static.mp4
check "have no maps" [ -z "$(ls -A none)" ]
expect 1 "a sheet in no folder" changes --contact-sheet nowhere/sheet.jpg hue.mp4
check "names it" said nowhere/sheet.jpg

# A form filled in: one burst of typing, and a message that goes away has not been scrolled.
"$tools/draw" page page.mkv || exit 1
expect 0 "a form on a screen" changes --csv page.mkv
kinds=$(cut -d, -f3 out | tail -n +2 | tr '\n' ' ')
check "is told as one would ($kinds)" [ "$kinds" = "typing text text text text " ]

if command -v python3 >/dev/null && python3 -c 'import jsonschema' 2>/dev/null; then
    run changes --json button.mp4
    check "another validator agrees" python3 -c '
import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.validate(json.load(open("out")), schema)' "$schemas/changes-1.json"
else
    echo "skip another validator agrees: no python3 with jsonschema"
fi
