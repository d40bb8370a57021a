#!/bin/sh
# Random keys, clicks and resizes typed into browse under the address and undefined behaviour sanitizers: no crash, no leak,
# no broken screen. After each hundredth key the screen is compared with a full redraw; the last line, which tells what was
# done, is left out of that.
#   usage: tests/long/keys.sh [N]      keys, 10000
#   SEED (1), O (build): the sanitized programs are made in $O/asan
set -u
cd "$(dirname "$0")/../.." || exit 1
n=${1:-10000}
seed=${SEED:-1}
O=${O:-build}/asan
make -s O="$O" SAN=address,undefined CFLAGS='-O1 -g' "$O/seechange" "$O/seechange-worker" "$O/tests/tools/clip" \
    "$O/tests/tools/keep" || exit 1
O=$(cd "$O" && pwd)
command -v tmux >/dev/null || { echo "keys.sh: no tmux" >&2; exit 1; }
work=$(mktemp -d) || exit 1
tmux() { command tmux -L "seechange-keys-$$" -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
export SEECHANGE_WORKER="$O/seechange-worker" LC_ALL=C.UTF-8 HOME="$work" XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work"
export ASAN_OPTIONS="log_path=$work/asan" UBSAN_OPTIONS="log_path=$work/asan print_stacktrace=1" PATH=/usr/bin:/bin NO_PROXY='*'
unset TMUX TMUX_PANE COLORTERM NO_COLOR

mkdir films films/below
for clip in squares cuts button; do "$O/tests/tools/clip" "$clip" "films/$clip.mkv" >/dev/null || exit 1; done
cp films/button.mkv 'films/below/日本語 שלום.mkv'
head -c 30000 films/squares.mkv >films/cut-off.mkv
"$O/tests/tools/keep" -t 'Red, in [00:04.000] and [00:02.500]. 赤い四角' films films/squares.mkv films/cuts.mkv || exit 1
"$O/seechange" caption -q --service embedded films/squares.mkv >/dev/null 2>&1

# A line for each thing done: size COLS ROWS, keys KEY..., click COL ROW BUTTON, check.
awk -v seed="$seed" -v n="$n" '
function any(list, k, parts) { k = split(list, parts, " "); return parts[1 + int(rand() * k)] }
BEGIN {
    srand(seed)
    often = "j k l h n p N Down Up Left Right PageDown PageUp Home End Enter Tab BTab Space m v u d + - g G 0 $ ] [ > <"
    rarely = "a A c s P M S f R r y e o q q ? / : F5 C-l 1 2 3 9 5 Escape BSpace C-u C-w x Z é 日 \\\\; % ~ C-a C-e DC"
    words = "next-event Space 3|o p e n|s o r t Space l e n g t h|0 : 0 4|c m a r k s|w h o ?|s q u|f i l t e r Space n e w"
    for (i = 0; i < n; i += 20) {
        if (rand() < 0.3)
            print "size", 50 + int(rand() * 151), 12 + int(rand() * 49)
        if (rand() < 0.2)
            print "click", 1 + int(rand() * 100), 1 + int(rand() * 40), any("0 0 0 64 65 2")
        line = "keys"
        for (k = 0; k < 20; k++)
            line = line " " (rand() < 0.75 ? any(often) : any(rarely))
        print line
        if (rand() < 0.3) {
            split(words, phrase, "|")
            print "keys", any(": / a g :"), phrase[1 + int(rand() * 8)], any("Enter Enter Escape Tab")
        }
        if ((i + 20) % 100 == 0)
            print "check"
    }
}' >plan

screen() { tmux capture-pane -p -t pane 2>/dev/null; }
is_alive() { tmux has-session -t pane 2>/dev/null; }
fail() {
    echo "not ok after $done keys, seed $seed: $1"
    for file in asan.* now redrawn; do [ -e "$file" ] && { echo "--- $file"; head -n 70 "$file"; }; done
    exit 1
}
# settle FILE: the screen once nothing goes on and it is the same for half a second, without its last line; a minute at most
settle() {
    calm=0 tries=0
    : >"$1"
    while [ "$calm" -lt 5 ] && [ "$tries" -lt 600 ]; do
        screen | sed '$d' >"$1.new"
        calm=$((calm + 1))
        cmp -s "$1" "$1.new" || calm=0
        grep -qE 'asking [.]|looking [0-9]|counting|captioning:|videos? [.]' "$1.new" && calm=0
        mv "$1.new" "$1"
        tries=$((tries + 1))
        sleep 0.1
    done
}
sessions=0
begin() {
    rm -f ended
    file=films
    [ $((sessions % 3)) -eq 2 ] && file=films/cuts.mkv
    way=none
    [ $((sessions % 2)) -eq 1 ] && way=symbols
    sessions=$((sessions + 1))
    # No program is found there, so that no player starts.
    tmux new-session -d -s pane -x 80 -y 24 "env PATH='$work/none' TERM=screen-256color '$O/seechange' browse \
        --graphics $way --service embedded $file 2>err; echo \$? >ended"
    tries=0                  # what is typed sooner is the shell's
    until screen | grep -q 'all keys' || [ "$tries" -ge 600 ]; do tries=$((tries + 1)); sleep 0.1; done
}
# Whether it ended by itself, as it should.
check_end() {
    tries=0
    while is_alive && [ "$tries" -lt 600 ]; do tries=$((tries + 1)); sleep 0.1; done
    is_alive && fail "it does not end"
    [ "$(cat ended 2>/dev/null)" = 0 ] || fail "it ended with $(cat ended 2>/dev/null): $(cat err)"
    if ls asan.* >/dev/null 2>&1; then fail "the sanitizers complain"; fi
}
tmux new-session -d -s keep 'sleep 100000' || exit 1
tmux set-option -g status off
tmux set-option -g escape-time 0
begin
done=0 compared=0
while read -r what rest; do
    if ! is_alive; then
        check_end
        begin
    fi
    case $what in
    size) tmux resize-window -t pane -x "${rest% *}" -y "${rest#* }" 2>/dev/null ;;
    click)
        # shellcheck disable=SC2086
        set -- $rest
        tmux send-keys -t pane -l "$(printf '\033[<%d;%d;%dM' "$3" "$1" "$2")" 2>/dev/null
        ;;
    keys)
        # shellcheck disable=SC2086
        tmux send-keys -t pane $rest 2>/dev/null
        done=$((done + $(echo "$rest" | wc -w)))
        ;;
    check)
        tmux send-keys -t pane Escape 2>/dev/null
        settle now
        tmux send-keys -t pane Escape C-l 2>/dev/null
        settle redrawn
        is_alive || continue
        compared=$((compared + 1))
        cmp -s now redrawn || fail "the screen is not what a full redraw shows"
        if ls asan.* >/dev/null 2>&1; then fail "the sanitizers complain"; fi
        [ $((compared % 20)) -eq 0 ] && echo "$done keys, $compared screens compared"
        ;;
    esac
done <plan
if is_alive; then tmux send-keys -t pane Escape Escape Q; fi
check_end
echo "ok $done random keys in $sessions sessions, $compared screens compared, seed $seed"
