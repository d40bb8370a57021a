# The terminal front end: as lines, and in a real terminal multiplexer that reads its screens.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw squares squares.mkv
export NO_PROXY='*'
"$seechange" changes squares.mkv >/dev/null || exit 1

# ---- lines ----
# lines TYPED ARG...
lines() {
    # shellcheck disable=SC2059
    printf "$1" >typed
    shift
    "$seechange" browse --plain "$@" <typed >out 2>err
    code=$?
}
lines 'next-event\nquery\nback\nask who is it\nback\ntime 5\nmark\nq\n' squares.mkv
check "lines: ends well" [ "$code" -eq 0 ]
check "lines: lists the events" grep -q '^ *1 00:02.0 appear ' out
check "lines: goes to an event" grep -q '^here:   1 00:02.0' out
check "lines: says that there is no model" grep -q '^no model server was found' out
check "lines: answers" grep -q 'Something red appeared' out
check "lines: shows what is cited" grep -q '^  00:04.000 ' out
check "lines: marks" grep -q '^mark at 00:05.0' out
check "lines: no controls in them" plain out
lines 'more\nnonsense\nexport sheet.jpg\nexport changes.json\nexport frames\n' squares.mkv
check "lines: more sensitive" grep -q 'sensitivity 0.55' out
check "lines: no such command" grep -q '^no such command: nonsense' out
check "exports a sheet" [ -s sheet.jpg ]
check "exports the evidence" sh -c '[ "$("$1" get events.3.kind <changes.json)" = disappear ]' sh "$tools/json"
check "exports the pictures" [ -s frames/manifest.json ]
lines 'q\n' missing.mkv
check "a file that is not there" [ "$code" -eq 1 ]
check "is named" said "missing.mkv"
: >empty.mkv
lines 'q\n' empty.mkv
check "a file that is no video" grep -q '^failed: ' out
printf 'bind x next-event\ncolour event red bold\n' >good.conf
lines 'x\nq\n' --config good.conf squares.mkv
check "a key of one's own" grep -q '^here:   1 00:02.0' out
printf 'bind x nothing-of-the-kind\n' >bad.conf
lines 'q\n' --config bad.conf squares.mkv
check "a bad line in the configuration is named" said "'bad.conf', line 1"
"$seechange" browse squares.mkv >out 2>err </dev/null
code=$?
check "no terminal: exit 1" [ "$code" -eq 1 ]
check "and what to do then" said "--plain"

mkdir -p films/b kept
cp squares.mkv films/a.mkv
cp squares.mkv films/b/c.mkv
printf x >films/b/no-video.txt
lines '\nfirst\nopen\nback\nsearch c.mkv\nruns\n' films
check "lines: a folder has its videos" grep -qx '2 videos, all by path' out
check "lines: and opens one" grep -q '^video a.mkv' out
check "lines: a search leaves one" grep -qx '1 videos, all by path' out
lines 'mark\nmark\nundo\ncaption\nfirst\nopen\n/in the centre\nnext-match\n' --service embedded films
check "lines: marks videos" grep -q '^      marked:  a.mkv' out
check "lines: captions the marked one" grep -qx 'captioned 1, 0 had captions' out
check "lines: the other one stays in the list" [ "$(grep -c '2 videos, all by path' out)" -ge 5 ]
check "lines: shows captions" grep -q '^caption at 00:04.0: Something blue appeared' out
check "lines: finds words of captions" grep -qx 'at 00:06.0' out
check "lines: and the next ones" grep -qx 'at 00:08.0' out
rm films/seechange.db*
for name in one two three; do cp squares.mkv kept/$name.mkv; done
check "a catalogue is made" "$tools/keep" kept kept/one.mkv kept/two.mkv
lines 'open\nanswers\n' kept
check "lines: shows what was answered before" grep -qx '  A square.' out
lines '\nsort length\nfilter new\nsearch two\nopen\nback\nruns\nretry\n\n' kept
check "lines: a catalogue has its videos, and what else is there" grep -qx '3 videos, all by path' out
check "lines: in another order" grep -qx '3 videos, all by length' out
check "lines: opens one of them" grep -q '^video two.mkv' out
check "lines: failures are tried again" grep -q '^0 will be tried again' out

mkdir told
cp squares.mkv told
expect 0 "captions to show" caption --service embedded told

# Names and words that are wide, combine, run from right to left, or would move the cursor.
mkdir odd
for name in "$(printf 'a\033]0;owned\007\033[2Jb')" "$(printf 'bidi\342\200\256gnp')" \
    "$(printf 'e\314\201te\314\201 Z\314\265')" 'שלום עולם' '日本語の動画、とても長い名前がここに続いていて、どこかで切られる'; do
    cp squares.mkv "odd/$name.mkv"
done
check "a catalogue of odd names" "$tools/keep" -t "$(printf '%s' '「赤い四角」が [00:04.000] に現れる。それは右下にあり、青くて、しばらくの間そこに残っている。' \
    'ריבוע אדום מופיע ' "$(printf 'x\314\201\314\202\314\203 \033[31mred\033]0;t\007 ')" '👩‍👩‍👧 🇭🇺 ')" odd odd/*.mkv

# ---- screens ----
command -v tmux >/dev/null || { echo "skip screens: no tmux"; exit 0; }
nm "$O/seechange" | grep -qE '__(asan|tsan)_init' && export SLOW=1
tmux() { command tmux -L "seechange-$$" -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null' EXIT

# The curve depends on every detail of the detector and is compared elsewhere; trailing blanks say nothing; the day is today.
screen() {
    tmux capture-pane -p -t "$1" 2>/dev/null |
        sed -E 's/[▁▂▃▄▅▆▇█]/ /g; s/ *$//; s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}/2026-01-01 00:00/'
}

# settle PANE FILE: until nothing goes on and it does not change for a second
settle() {
    calm=0
    while [ "$calm" -lt 8 ]; do
        screen "$1" >"$2.now"
        if cmp -s "$2.now" "$2" && ! grep -qE 'looking [0-9]|counting|asking [.]|captioning:' "$2"; then
            calm=$((calm + 1))
        else
            calm=0
        fi
        mv "$2.now" "$2"
        sleep 0.1
    done
}

# reach PANE FILE: until the screen is that; false after 30 s
reach() {
    tries=0
    until screen "$1" >"$2.got" && cmp -s "$2.got" "$2"; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.05
    done
}

# step SESSION N KEYS: the Nth screen of a session
step() {
    saved=$TESTS/tui/$1.txt
    if [ -n "${UPDATE-}" ]; then
        : >"$pane.txt"
        settle "$pane" "$pane.txt"
        { echo "=== $2 $3"; cat "$pane.txt"; } >>"$saved.new"
        return 0
    fi
    awk -v n="$2" '/^=== / { on = $2 == n; next } on' "$saved" >"$pane.want"
    reach "$pane" "$pane.want"
}

# play NAME SIZE TERM OPTIONS, with the keys on standard input, a line for each step
play() {
    name=$1 size=$2 term=$3 options=$4 n=0 failed=
    pane=$name-$size-$term
    case $name in
    archive) file=films ;;
    catalogue) file=kept ;;
    odd) file=odd ;;
    captions) file=told/squares.mkv ;;
    captioning) mkdir "$pane" && cp -r films "$pane" && file=$pane/films ;;
    *) file=squares.mkv ;;
    esac
    tmux new-session -d -s "$pane" -x "${size%x*}" -y "${size#*x}" -c "$PWD" \
        "exec env -u TMUX -u TMUX_PANE -u COLORTERM TERM=$term \"$seechange\" browse --graphics none $options $file"
    [ -n "${UPDATE-}" ] && rm -f "$TESTS/tui/$name-$size.txt.new"
    step "$name-$size" 0 "" || failed=0
    while [ -z "$failed" ] && read -r keys; do
        n=$((n + 1))
        # shellcheck disable=SC2086
        tmux send-keys -t "$pane" $keys
        step "$name-$size" "$n" "$keys" || failed=$n
    done
    tmux kill-session -t "$pane" 2>/dev/null
    [ -n "${UPDATE-}" ] && mv "$TESTS/tui/$name-$size.txt.new" "$TESTS/tui/$name-$size.txt"
    if [ -z "$failed" ]; then ok "session $name $size $term"; else
        not_ok "session $name $size $term, screen $failed"
        diff "$pane.want" "$pane.want.got" | head -n 20 | sed 's/^/    /'
    fi
}

# Each session in each of its sizes on most of the terminals; SESSIONS=name plays one alone.
tmux new-session -d -s keep -x 80 -y 24 'sleep 1000' || { echo "not ok tmux starts"; exit 1; }
tmux set-option -g status off
tmux set-option -g escape-time 0
terms="xterm-256color tmux-256color linux vt100"
plan() {
    i=0
    grep "^${SESSIONS:-[a-z]}" "$TESTS/tui/sessions" | while read -r name rest; do
        sizes=$(echo "$rest" | tr ' ' '\n' | grep -E '^[0-9]+x[0-9]+$')
        options=$(echo "$rest" | tr ' ' '\n' | grep -vE '^[0-9]+x[0-9]+$' | tr '\n' ' ')
        for size in $sizes; do
            for term in $terms; do
                i=$((i + 1))
                if [ -n "${UPDATE-}${SLOW-}" ] && [ "$term" != xterm-256color ]; then continue; fi
                if [ -z "${UPDATE-}${SLOW-}" ] && [ $((i % 16)) -gt 11 ]; then continue; fi
                echo "$name $size $term $options"
            done
        done
    done
}
one() {
    awk -v name="$1" '/^[a-z]/ { on = $1 == name; next } on && /^ / { print }' "$TESTS/tui/sessions" >"$1-$2-$3.keys"
    name=$1 size=$2 term=$3
    shift 3
    play "$name" "$size" "$term" "$*" <"$name-$size-$term.keys"
}
plan >plan
lanes=4
lane() {
    awk -v n="$lanes" -v k="$1" 'NR % n == k' plan | while read -r words; do
        # shellcheck disable=SC2086
        one $words
    done >"lane-$1"
}
k=0
while [ "$k" -lt "$lanes" ]; do
    lane "$k" &
    k=$((k + 1))
done
# shellcheck disable=SC2046
wait $(jobs -p)
cat lane-*
